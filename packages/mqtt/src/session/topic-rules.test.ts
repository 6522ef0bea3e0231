import { encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { isServerTopic, isSharedFilter, isTopic, isTopicFilter, isTopicName, matchedFilter } from "./topic-rules.ts"

const isName = (text: string): boolean => {
  const bytes = encodeUtf8(text)
  return isTopicName(bytes, 0, bytes.length)
}

/** The rules of MQTT 5.0 section 4.7.1 level by level, as the standard words them. */
function isFilterByLevels(filter: string): boolean {
  const levels = filter.split("/")
  const isLevel = (level: string, index: number): boolean =>
    level === "+" || (level === "#" && index === levels.length - 1) || !/[+#]/.test(level)
  return filter.length > 0 && !filter.includes("\0") && levels.every(isLevel)
}

describe("topic names", () => {
  it.each(["a", "/", "a//b", "a/b c", "blå/ÿ", "$SYS/x", "*", "a.b"])("may be '%s'", (topic) => {
    expect(isName(topic)).toBe(true)
    expect(isTopic(topic)).toBe(true)
  })

  it.each(["", "+", "a/#", "a+b", "#", "a\0b"])(
    "must not be '%s' [MQTT-3.3.2-2], [MQTT-4.7.3-1], [MQTT-4.7.3-2]",
    (topic) => {
      expect(isName(topic)).toBe(false)
      expect(isTopic(topic)).toBe(false)
    },
  )

  it.each([[[0xc0, 0x80]], [[0x61, 0xed, 0xa0, 0x80]], [[0xff]], [[0xe2, 0x82]]])(
    "must not be the bytes %j [MQTT-1.5.4-1]",
    (bytes) => {
      expect(isTopicName(Uint8Array.from(bytes), 0, bytes.length)).toBe(false)
    },
  )
})

describe("topic filters", () => {
  it.each(["#", "+", "a/#", "+/a/+/#", "/", "//", "a", "$SYS/#", "+/+"])("may be '%s'", (filter) => {
    expect(isTopicFilter(filter)).toBe(true)
  })

  it.each(["", "a#", "#/a", "a/#/b", "a+", "+a", "a/b+/c", "##", "++", "a\0"])(
    "must not be '%s' [MQTT-4.7.1-1], [MQTT-4.7.1-2]",
    (filter) => {
      expect(isTopicFilter(filter)).toBe(false)
    },
  )

  it("follow the rule of each level", () => {
    const filter = fc.string({ unit: fc.constantFrom("a", "/", "+", "#", "é", "\0"), maxLength: 8 })
    fc.assert(
      fc.property(filter, (text) => isTopicFilter(text) === isFilterByLevels(text)),
      { numRuns: 2000, seed: 5 },
    )
  })

  it("are shared by their first level (4.8.2)", () => {
    expect(["$share/g/a", "$share", "$shared/g/a", "a/$share/b"].map(isSharedFilter)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it.each([
    ["a/+", "a/+"],
    ["$share/g/a/+", "a/+"],
    ["$share/g//", "/"],
    ["$share/gröup x/#", "#"],
    ["$share", undefined],
    ["$share/", undefined],
    ["$share/g", undefined],
    ["$share/g/", undefined],
    ["$share//a", undefined],
    ["$share/+/a", undefined],
    ["$share/g#/a", undefined],
    ["$share/g\0/a", undefined],
    ["$share/g/a#", undefined],
    ["a#", undefined],
  ])("'%s' matches what '%s' does [MQTT-4.8.2-1], [MQTT-4.8.2-2]", (text, filter) => {
    expect(matchedFilter(text)).toBe(filter)
  })
})

it("the server's own topics begin with $SYS as a level (4.7.2)", () => {
  expect(["$SYS", "$SYS/a", "$SYSTEM", "a/$SYS"].map(isServerTopic)).toEqual([true, true, false, false])
})
