import { NameRule } from "./name-rule.ts"

/** What a permission is about. */
export type Right = "configure" | "write" | "read"

/** Regular expressions over resource names, one per right; an empty one matches nothing but the empty name. */
export type Permission = Readonly<Record<Right, string>>

/** Every right on everything. */
export const ALL_RIGHTS: Permission = { configure: ".*", write: ".*", read: ".*" }

/** How the default exchange is called in permissions. */
const DEFAULT_EXCHANGE_NAME = "amq.default"

/** One user's permission in one vhost, compiled; answers are remembered. */
export class CompiledPermission {
  readonly #rules: Readonly<Record<Right, NameRule>>

  /** Raises `SyntaxError` for a regular expression that cannot be compiled. */
  constructor(permission: Permission) {
    this.#rules = {
      configure: new NameRule(permission.configure),
      write: new NameRule(permission.write),
      read: new NameRule(permission.read),
    }
  }

  allows(right: Right, name: string): boolean {
    return this.#rules[right].allows(name === "" ? DEFAULT_EXCHANGE_NAME : name)
  }
}
