import { amqp10Format, FieldIndex, mqttFormat, Slot, slotOf } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import {
  annotationBeginsWithX,
  annotationIsBrokers,
  annotationIsCc,
  annotationIsShortstrWithX,
  annotationLacksX,
  isShortstrText,
  payloadIsText,
} from "./amqp10-conditions.ts"
import type { Condition } from "./table.ts"
import { mqttPublish } from "./testing/mqtt-publish.ts"
import { CONTEXT, octets } from "./testing/slot.ts"

function typeNumber(name: string): number {
  return amqp10Format.types.findIndex((type) => type.name === name)
}

function holdsForKey(condition: Condition, key: Uint8Array, keyType: string): boolean {
  const slot = new Slot()
  slot.setKey(typeNumber(keyType), key, 0, key.length)
  return condition.test(slot, CONTEXT)
}

describe("conditions on annotations", () => {
  it.each([
    ["x-k", true, true, false, false],
    ["x-", true, true, false, false],
    ["x", false, false, false, false],
    ["X-k", false, false, false, false],
    ["", false, false, false, false],
    ["x-cc", true, true, true, false],
    ["x-exchange", true, true, false, true],
    ["x-exchanges", true, true, false, false],
    ["x-death", true, true, false, true],
    ["x-first-death-queue", true, true, false, true],
    ["x-last-death-exchange", true, true, false, true],
    [`x-${"k".repeat(253)}`, true, true, false, false],
    [`x-${"k".repeat(254)}`, true, false, false, false],
    ["x-\0", true, false, false, false],
  ])("judge %j", (key, hasX, isShortstr, isCc, isBrokers) => {
    const bytes = encodeUtf8(key)
    expect(holdsForKey(annotationBeginsWithX, bytes, "symbol")).toBe(hasX)
    expect(holdsForKey(annotationLacksX, bytes, "symbol")).toBe(!hasX)
    expect(holdsForKey(annotationIsShortstrWithX, bytes, "symbol")).toBe(isShortstr)
    expect(holdsForKey(annotationIsCc, bytes, "symbol")).toBe(isCc)
    expect(holdsForKey(annotationIsBrokers, bytes, "symbol")).toBe(isBrokers)
  })

  it("know a reserved ulong from a symbol of the same octets", () => {
    const bytes = octets("78 2d 63 63 00 00 00 01")
    expect(holdsForKey(annotationBeginsWithX, bytes, "ulong")).toBe(false)
    expect(holdsForKey(annotationLacksX, bytes, "ulong")).toBe(true)
  })
})

describe("isShortstrText", () => {
  it.each([
    ["string", "k", true],
    ["symbol", "k", true],
    ["binary", "k", false],
    ["string", "k".repeat(256), false],
    ["symbol", "a\0", false],
  ])("judges a %s", (type, text, expected) => {
    const slot = slotOf(encodeUtf8(text))
    slot.type = typeNumber(type)
    expect(isShortstrText.test(slot, CONTEXT)).toBe(expected)
  })
})

describe("payloadIsText", () => {
  it.each([
    [{ payloadFormatIndicator: 1, payload: "é" }, true],
    [{ payloadFormatIndicator: 1, payload: "" }, true],
    [{ payloadFormatIndicator: 1, payload: octets("c3") }, false],
    [{ payloadFormatIndicator: 0, payload: "a" }, false],
    [{ contentType: "t", payload: "a" }, false],
    [{ userPropertiesFirst: true, userProperties: [["a", "b"]], payloadFormatIndicator: 1, payload: "a" }, true],
  ] as const)("judges %j", (publish, expected) => {
    const { message } = mqttPublish(publish)
    const index = new FieldIndex()
    mqttFormat.scan(message, index)
    const payload = index.list().at(-1) ?? new Slot()
    expect(payloadIsText.test(payload, { ...CONTEXT, message, index })).toBe(expected)
  })
})
