import type { Message } from "@polymq/message"
import type { ExchangeType } from "../api/topology.ts"
import type { Bound } from "./bound.ts"
import { type HeaderReader, HeadersMatcher } from "./headers-matcher.ts"
import { KEY_PATTERNS, PatternTrie } from "./pattern-trie.ts"

/** How an exchange of one type chooses among its bindings. */
export interface Matcher {
  /** Whether the choice depends on nothing but the routing key. */
  readonly isByKey: boolean
  add(bound: Bound): void
  remove(bound: Bound): void
  /** Visits the bindings that match, some perhaps more than once. */
  match(key: string, message: Message, visit: (bound: Bound) => void): void
}

class DirectMatcher implements Matcher {
  readonly isByKey = true
  readonly #byKey = new Map<string, Set<Bound>>()

  add(bound: Bound): void {
    const known = this.#byKey.get(bound.binding.key)
    if (known === undefined) this.#byKey.set(bound.binding.key, new Set([bound]))
    else known.add(bound)
  }

  remove(bound: Bound): void {
    const known = this.#byKey.get(bound.binding.key)
    if (known?.delete(bound) === true && known.size === 0) this.#byKey.delete(bound.binding.key)
  }

  match(key: string, _message: Message, visit: (bound: Bound) => void): void {
    const known = this.#byKey.get(key)
    if (known === undefined) return
    for (const bound of known) visit(bound)
  }
}

class FanoutMatcher implements Matcher {
  readonly isByKey = true
  readonly #all = new Set<Bound>()

  add(bound: Bound): void {
    this.#all.add(bound)
  }

  remove(bound: Bound): void {
    this.#all.delete(bound)
  }

  match(_key: string, _message: Message, visit: (bound: Bound) => void): void {
    for (const bound of this.#all) visit(bound)
  }
}

class TopicMatcher implements Matcher {
  readonly isByKey = true
  readonly #patterns = new PatternTrie<Bound>(KEY_PATTERNS)

  add(bound: Bound): void {
    this.#patterns.add(bound.binding.key, bound)
  }

  remove(bound: Bound): void {
    this.#patterns.remove(bound.binding.key, bound)
  }

  match(key: string, _message: Message, visit: (bound: Bound) => void): void {
    this.#patterns.match(key, visit)
  }
}

/** The matcher of an exchange type (AMQP 0.9.1 section 3.1.3); `header` is asked by headers exchanges. */
export function matcherFor(type: ExchangeType, header: HeaderReader): Matcher {
  switch (type) {
    case "direct":
      return new DirectMatcher()
    case "fanout":
      return new FanoutMatcher()
    case "topic":
      return new TopicMatcher()
    case "headers":
      return new HeadersMatcher(header)
  }
}
