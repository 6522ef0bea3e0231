import type { Route } from "./route.ts"

/** Longer keys and topics are rare, and would make the cache as large as their senders like: they are routed anew. */
const MAX_KEY_LENGTH = 512
/** Routes per generation; the cache holds two generations. */
const GENERATION_ROUTES = 8192

interface CachedRoute {
  readonly key: string
  readonly route: Route
}

/**
 * Routes of one exchange by key and exact topic, at most 16 384: when the young generation is full it becomes the old
 * one, and the old one is forgotten. A route that is used again moves to the young one. Keys and topics above 512
 * characters are not kept.
 */
export class RouteCache {
  #keys = new Map<string, Route>()
  #oldKeys = new Map<string, Route>()
  #topics = new Map<string, CachedRoute>()
  #oldTopics = new Map<string, CachedRoute>()
  #size = 0

  get(key: string, topic: string | undefined): Route | undefined {
    if (topic === undefined) {
      const young = this.#keys.get(key)
      if (young !== undefined) return young
      const old = this.#oldKeys.get(key)
      if (old !== undefined) this.set(key, topic, old)
      return old
    }
    const young = this.#topics.get(topic)
    if (young !== undefined) return young.key === key ? young.route : undefined
    const old = this.#oldTopics.get(topic)
    if (old === undefined || old.key !== key) return undefined
    this.set(key, topic, old.route)
    return old.route
  }

  set(key: string, topic: string | undefined, route: Route): void {
    if (key.length > MAX_KEY_LENGTH || (topic !== undefined && topic.length > MAX_KEY_LENGTH)) return
    if (this.#size === GENERATION_ROUTES) this.#age()
    this.#size++
    if (topic === undefined) this.#keys.set(key, route)
    else this.#topics.set(topic, { key, route })
  }

  clear(): void {
    if (this.#size > 0) this.#age()
    if (this.#oldKeys.size > 0) this.#oldKeys = new Map()
    if (this.#oldTopics.size > 0) this.#oldTopics = new Map()
  }

  #age(): void {
    this.#oldKeys = this.#keys
    this.#oldTopics = this.#topics
    this.#keys = new Map()
    this.#topics = new Map()
    this.#size = 0
  }
}
