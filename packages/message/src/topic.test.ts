import fc from "fast-check"
import { expect, test } from "vitest"
import { filterToPattern, keyToTopic, topicToKey } from "./topic.ts"

test.each([
  ["a/b/c", "a.b.c"],
  ["/a//b/", ".a..b."],
  ["plain", "plain"],
  ["a.b/c", "a.b.c"],
])("gives the topic %s the routing key %s", (topic, key) => {
  expect(topicToKey(topic)).toBe(key)
})

test.each([
  ["a.b.c", "a/b/c"],
  ["", ""],
  ["a.*", "a/*"],
  ["a.#", "a/%23"],
  ["a+b.\0", "a%2Bb/%00"],
])("gives the routing key %j the topic %j", (key, topic) => {
  expect(keyToTopic(key)).toBe(topic)
})

test.each([
  ["a/+/b", "a.*.b"],
  ["#", "#"],
  ["+", "*"],
])("gives the filter %s the pattern %s", (filter, pattern) => {
  expect(filterToPattern(filter)).toBe(pattern)
})

test("never makes a topic that a PUBLISH must not have (4.7.1, 4.7.3)", () => {
  fc.assert(
    fc.property(fc.string(), (key) => {
      expect(keyToTopic(key)).not.toMatch(/[+#\0]/)
    }),
    { seed: 1 },
  )
})
