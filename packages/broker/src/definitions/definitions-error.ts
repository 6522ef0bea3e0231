/** Definitions that cannot be used: where in the JSON, what is wrong, and what to do about it. */
export class DefinitionsError extends Error {
  override readonly name = "DefinitionsError"
  /** Place in the document: "queues[2].arguments". */
  readonly path: string

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`definitions: ${path === "" ? "document" : path}: ${problem}`, options)
    this.path = path
  }
}
