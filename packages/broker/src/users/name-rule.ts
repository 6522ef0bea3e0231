/** Answers that are remembered. */
const MAX_ANSWERS = 4096

/** A regular expression that says which names are allowed; an empty one allows nothing but the empty name. Answers are remembered. */
export class NameRule {
  readonly #pattern: RegExp
  #answers = new Map<string, boolean>()

  /** Raises `SyntaxError` when it cannot be compiled. */
  constructor(pattern: string) {
    this.#pattern = new RegExp(pattern === "" ? "^$" : pattern)
  }

  allows(name: string): boolean {
    const known = this.#answers.get(name)
    if (known !== undefined) return known
    if (this.#answers.size === MAX_ANSWERS) this.#answers = new Map()
    const answer = this.#pattern.test(name)
    this.#answers.set(name, answer)
    return answer
  }
}
