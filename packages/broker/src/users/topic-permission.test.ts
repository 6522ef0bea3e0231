import { describe, expect, it } from "vitest"
import { CompiledTopicPermission } from "./topic-permission.ts"

/** Whether a pattern for publishing allows a key; seen on RabbitMQ 4.3. */
function allows(pattern: string, key: string, clientId?: string, user = "tina", vhost = "shop"): boolean {
  return new CompiledTopicPermission({ write: pattern, read: "" }, user, vhost).rule("write", clientId).allows(key)
}

describe("a topic permission", () => {
  it.each([
    ["^a[.]", "a.b", true],
    ["^a[.]", "b.a.", false],
    ["", "", true],
    ["", "a", false],
    ["^{username}[.]", "tina.x", true],
    ["^{username}[.]", "anna.x", false],
    ["^{vhost}[.]{username}$", "shop.tina", true],
    ["^{client_id}$", "{client_id}", true],
    ["^{other}$", "{other}", true],
  ])("%j is, for the key %j, %s", (pattern, key, expected) => {
    expect(allows(pattern, key)).toBe(expected)
  })

  it("has the identifier of an MQTT client in place of {client_id}", () => {
    expect(allows("^{client_id}[.]{username}$", "c1.tina", "c1")).toBe(true)
    expect(allows("^{client_id}[.]{username}$", "c2.tina", "c1")).toBe(false)
  })

  it("takes names for themselves, whatever they mean in regular expressions or replacements", () => {
    expect(allows("^{username}$", "t.na", undefined, "t.na")).toBe(true)
    expect(allows("^{username}$", "tina", undefined, "t.na")).toBe(false)
    for (const odd of [".*", "a|b", "$&", "[", "(", "\\", "{vhost}", "a-b/c^"]) {
      expect([allows("^{client_id}$", odd, odd), allows("^{client_id}$", "b", odd)]).toEqual([true, false])
      expect(allows("^{username}$", odd, undefined, odd)).toBe(true)
    }
  })

  it("answers the same again, however many keys there are and however long they are", () => {
    const rule = new CompiledTopicPermission({ write: "^{client_id}[.]", read: "" }, "tina", "/").rule("write", "c")
    const keys = Array.from({ length: 200 }, (_, index) => `${"cd"[index % 2]}.${"x".repeat(index * 5)}`)
    for (const _ of ["first", "again"]) {
      expect(keys.map((key) => rule.allows(key))).toEqual(keys.map((_, index) => index % 2 === 0))
    }
  })

  it("allows nothing where an identifier makes no regular expression", () => {
    expect(allows("^[x-{client_id}]$", "x", "z")).toBe(true)
    expect(allows("^[x-{client_id}]$", "x", "a")).toBe(false)
  })

  it("is refused when it is no regular expression", () => {
    expect(() => new CompiledTopicPermission({ write: "", read: "(" }, "tina", "/")).toThrow(SyntaxError)
  })
})
