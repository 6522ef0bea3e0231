/** Answers that are remembered unless fewer are asked for. */
const MAX_ANSWERS = 4096
/** Longer names are rare, and would make the answers as large as clients like: they are looked at anew. */
const MAX_NAME_LENGTH = 512

/** A regular expression that says which names are allowed; an empty one allows nothing but the empty name. Answers are remembered. */
export class NameRule {
  readonly #pattern: RegExp
  readonly #maxAnswers: number
  #answers = new Map<string, boolean>()

  /** Raises `SyntaxError` when it cannot be compiled. */
  constructor(pattern: string, maxAnswers = MAX_ANSWERS) {
    this.#pattern = new RegExp(pattern === "" ? "^$" : pattern)
    this.#maxAnswers = maxAnswers
  }

  allows(name: string): boolean {
    const known = this.#answers.get(name)
    if (known !== undefined) return known
    const answer = this.#pattern.test(name)
    if (name.length > MAX_NAME_LENGTH) return answer
    if (this.#answers.size === this.#maxAnswers) this.#answers = new Map()
    this.#answers.set(name, answer)
    return answer
  }
}
