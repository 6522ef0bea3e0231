/** A configuration that cannot be used; `problems` has one line each, naming file and line, key and remedy. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError"
  readonly problems: readonly string[]

  constructor(problems: readonly string[], options?: ErrorOptions) {
    super(problems.join("\n"), options)
    this.problems = problems
  }
}
