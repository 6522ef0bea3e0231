import { NameRule } from "./name-rule.ts"

/** What a topic permission is about: publishing, and binding or subscribing. */
export type TopicRight = "write" | "read"

/**
 * Regular expressions over routing keys, one per right; an empty one matches nothing but the empty key. `{username}`,
 * `{vhost}` and, for MQTT clients, `{client_id}` stand for the text of these.
 */
export type TopicPermission = Readonly<Record<TopicRight, string>>

/** Answers that are remembered for one client: there may be many of them. */
const MAX_CLIENT_ANSWERS = 64

/** A rule with which nothing is allowed. */
const NOTHING = new NameRule("(?!)")

const VARIABLE = /\{(username|vhost)\}/g
const CLIENT_ID = /\{client_id\}/g

/** One user's permission at one topic exchange. */
export class CompiledTopicPermission {
  /** With the names of user and vhost in place. */
  readonly #patterns: TopicPermission
  /** The rules of those who have no client identifier, or need none. */
  readonly #rules: Readonly<Record<TopicRight, NameRule>>

  /** Raises `SyntaxError` for a regular expression that cannot be compiled. */
  constructor(permission: TopicPermission, username: string, vhost: string) {
    const values: Readonly<Record<string, string>> = { username: quoted(username), vhost: quoted(vhost) }
    const filled = (pattern: string) => pattern.replace(VARIABLE, (variable, name) => values[name] ?? variable)
    this.#patterns = { write: filled(permission.write), read: filled(permission.read) }
    this.#rules = { write: new NameRule(this.#patterns.write), read: new NameRule(this.#patterns.read) }
  }

  /** The rule for routing keys, or for the patterns of bindings. */
  rule(right: TopicRight, clientId: string | undefined): NameRule {
    const pattern = this.#patterns[right]
    if (clientId === undefined || pattern.search(CLIENT_ID) < 0) return this.#rules[right]
    try {
      return new NameRule(
        pattern.replace(CLIENT_ID, () => quoted(clientId)),
        MAX_CLIENT_ANSWERS,
      )
    } catch {
      // In a class of characters an identifier may turn out to be no part of a regular expression.
      return NOTHING
    }
  }
}

/** The regular expression for this very text. */
function quoted(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
}
