import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import { keyToTopic, topicToKey } from "./topic-and-key.ts"

describe("topicToKey", () => {
  it.each([
    ["a/b/c", "a.b.c"],
    ["a", "a"],
    ["/a//b/", ".a..b."],
    ["a.b", "a.b"],
    ["*/é", "*.é"],
    ["", ""],
  ])("makes %s %s", (topic, key) => {
    const expected = Buffer.from(key).toString("hex")
    expect(transformed(topicToKey, encodeUtf8(topic))).toEqual(["converted", expected])
  })
})

describe("keyToTopic", () => {
  it.each([
    ["a.b.c", "a/b/c"],
    ["a", "a"],
    [".a..b.", "/a//b/"],
    ["a/b", "a/b"],
    ["*.é", "*/é"],
    ["k".repeat(65_535), "k".repeat(65_535)],
  ])("makes %s %s", (key, topic) => {
    const expected = Buffer.from(topic).toString("hex")
    expect(transformed(keyToTopic, encodeUtf8(key))).toEqual(["converted", expected])
  })

  it.each([
    ["", "empty"],
    ["61 2e 23", "wildcard"],
    ["2b", "wildcard"],
    ["61 00", "not-utf8"],
    ["61 ff", "not-utf8"],
    ["61".repeat(65_536), "too-large"],
  ])("loses %s", (key, reason) => {
    expect(transformed(keyToTopic, octets(key))).toEqual(["lost", reason])
  })
})
