/** A command that cannot do what it was asked; its message is all that the user sees. */
export class CommandError extends Error {
  override readonly name = "CommandError"
  /** 2 for a command line that makes no sense, 1 for everything else. */
  readonly exitCode: 1 | 2

  constructor(exitCode: 1 | 2, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
