import { describe, expect, it } from "vitest"
import { NO_ROUTE, type Route } from "./route.ts"
import { RouteCache } from "./route-cache.ts"

function route(): Route {
  return { ...NO_ROUTE }
}

describe("a route cache", () => {
  it("keeps keys and topics apart", () => {
    const cache = new RouteCache()
    const byKey = route()
    const byTopic = route()
    cache.set("a.b", undefined, byKey)
    cache.set("a.b", "a/b", byTopic)
    expect(cache.get("a.b", undefined)).toBe(byKey)
    expect(cache.get("a.b", "a/b")).toBe(byTopic)
    expect(cache.get("other", "a/b")).toBeUndefined()
    expect(cache.get("a/b", undefined)).toBeUndefined()
  })

  it("holds the latest 8 192 at least and 16 384 at most", () => {
    const cache = new RouteCache()
    for (let index = 0; index < 40_000; index++) cache.set(`k${index}`, undefined, NO_ROUTE)
    // Newest first, because looking up an old route makes it young.
    let held = 0
    for (let index = 39_999; index >= 0; index--) {
      const isHeld = cache.get(`k${index}`, undefined) !== undefined
      if (isHeld) held++
      if (index >= 40_000 - 8192) expect(isHeld).toBe(true)
    }
    expect(held).toBeLessThanOrEqual(16_384)
  })

  it("keeps what is used", () => {
    const cache = new RouteCache()
    cache.set("used", undefined, NO_ROUTE)
    cache.set("used", "used", NO_ROUTE)
    for (let index = 0; index < 40_000; index++) {
      cache.set(`k${index}`, undefined, NO_ROUTE)
      if (index % 1000 !== 0) continue
      expect(cache.get("used", undefined)).toBe(NO_ROUTE)
      expect(cache.get("used", "used")).toBe(NO_ROUTE)
    }
  })

  it("forgets everything when it is cleared", () => {
    const cache = new RouteCache()
    for (let index = 0; index < 10_000; index++) cache.set(`k${index}`, undefined, NO_ROUTE)
    cache.set("k", "t", NO_ROUTE)
    cache.clear()
    expect(cache.get("k0", undefined)).toBeUndefined()
    expect(cache.get("k9999", undefined)).toBeUndefined()
    expect(cache.get("k", "t")).toBeUndefined()
  })

  it("does not keep keys and topics that are as long as their senders like", () => {
    const cache = new RouteCache()
    const long = "k".repeat(513)
    cache.set(long, undefined, NO_ROUTE)
    cache.set("k", long, NO_ROUTE)
    expect(cache.get(long, undefined)).toBeUndefined()
    expect(cache.get("k", long)).toBeUndefined()
  })
})
