/** What a permission is about. */
export type Right = "configure" | "write" | "read"

/** Regular expressions over resource names, one per right; an empty one matches nothing but the empty name. */
export type Permission = Readonly<Record<Right, string>>

/** Every right on everything. */
export const ALL_RIGHTS: Permission = { configure: ".*", write: ".*", read: ".*" }

/** Answers that are remembered per right. */
const MAX_ANSWERS = 4096

/** How the default exchange is called in permissions. */
const DEFAULT_EXCHANGE_NAME = "amq.default"

/** One user's permission in one vhost, compiled; answers are remembered. */
export class CompiledPermission {
  readonly #rules: Readonly<Record<Right, Rule>>

  /** Raises `SyntaxError` for a regular expression that cannot be compiled. */
  constructor(permission: Permission) {
    this.#rules = {
      configure: new Rule(permission.configure),
      write: new Rule(permission.write),
      read: new Rule(permission.read),
    }
  }

  allows(right: Right, name: string): boolean {
    return this.#rules[right].allows(name === "" ? DEFAULT_EXCHANGE_NAME : name)
  }
}

class Rule {
  readonly #pattern: RegExp
  #answers = new Map<string, boolean>()

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
