import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { PropertyError } from "../property-error.ts"
import { PROPERTIES, type Properties, type PropertyPlace } from "./properties.ts"
import { readProperties, writeProperties } from "./property-block.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function written(properties: Properties): string {
  const writer = new ByteWriter(1)
  writeProperties(writer, properties)
  return Buffer.from(writer.view()).toString("hex")
}

test("reads the properties of a CONNECT", () => {
  const bytes = hex("11 0000003c 21 0014 27 00010000 22 000a 19 01 17 00 26 0001 61 0001 62 15 0001 6d 16 0002 00ff")
  expect(readProperties(bytes, 0, bytes.length, "CONNECT")).toEqual({
    "session-expiry-interval": 60,
    "receive-maximum": 20,
    "maximum-packet-size": 65_536,
    "topic-alias-maximum": 10,
    "request-response-information": 1,
    "request-problem-information": 0,
    "user-property": [["a", "b"]],
    "authentication-method": "m",
    "authentication-data": Uint8Array.of(0, 255),
  })
})

test("reads repeated properties in wire order", () => {
  const bytes = hex("0b01 26 0001 62 0000 0b ffffff7f 26 0001 61 0000")
  expect(readProperties(bytes, 0, bytes.length, "PUBLISH")).toEqual({
    "subscription-identifier": [1, 268_435_455],
    "user-property": [
      ["b", ""],
      ["a", ""],
    ],
  })
})

test("writes a CONNACK's properties with their length in front", () => {
  expect(
    written({
      "assigned-client-identifier": "ab",
      "server-keep-alive": 30,
      "maximum-qos": 1,
      "retain-available": 1,
      "maximum-packet-size": 65_536,
      "shared-subscription-available": 0,
      "session-expiry-interval": undefined,
      "user-property": [["k", "v"]],
    }),
  ).toBe("1a 12 0002 6162 13 001e 24 01 25 01 26 0001 6b 0001 76 27 00010000 2a 00".replaceAll(" ", ""))
})

test("writes no properties as a length of 0", () => {
  expect(written({})).toBe("00")
})

test.each<[PropertyPlace, string, string]>([
  ["CONNECT", "receive-maximum", "21 0000"],
  ["CONNECT", "maximum-packet-size", "27 00000000"],
  ["CONNECT", "request-problem-information", "17 02"],
  ["CONNECT", "request-response-information", "19 02"],
  ["CONNECT", "session-expiry-interval", "11 00000000 11 00000000"],
  ["SUBSCRIBE", "subscription-identifier", "0b 00"],
  ["SUBSCRIBE", "subscription-identifier", "0b 01 0b 02"],
  ["DISCONNECT", "reason-string", "1f 0000 1f 0000"],
])("answers a %s whose %s is wrong with a protocol error", (place, property, text) => {
  const bytes = hex(text)
  expect(() => readProperties(bytes, 0, bytes.length, place)).toThrow(
    expect.objectContaining({ name: "PropertyError", property }),
  )
})

test.each<[PropertyPlace, string]>([
  ["CONNECT", "1f 0000"],
  ["SUBSCRIBE", "1f 0000"],
  ["UNSUBSCRIBE", "0b 01"],
  ["PUBACK", "23 0001"],
  ["DISCONNECT", "21 0001"],
  ["AUTH", "11 00000001"],
  ["SUBSCRIBE", "0b 80808001 00"],
  ["SUBSCRIBE", "0b 8000"],
])("answers a %s with %s as malformed", (place, text) => {
  const bytes = hex(text)
  expect(() => readProperties(bytes, 0, bytes.length, place)).toThrow(DecodeError)
})

test("refuses to write text that has no room for its length", () => {
  expect(() => written({ "reason-string": "x".repeat(65_536) })).toThrow(RangeError)
  expect(() => written({ "user-property": [["k", "x".repeat(65_536)]] })).toThrow(RangeError)
})

test("has identifiers of one byte, each once", () => {
  const ids = PROPERTIES.map(({ id }) => id)
  expect(new Set(ids).size).toBe(27)
  expect(Math.max(...ids)).toBeLessThan(0x80)
})

const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0"))
const pairs = fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 })

const anyConnack: fc.Arbitrary<Properties> = fc.record(
  {
    "session-expiry-interval": fc.integer({ min: 0, max: 0xffff_ffff }),
    "receive-maximum": fc.integer({ min: 1, max: 0xffff }),
    "maximum-qos": fc.integer({ min: 0, max: 1 }),
    "retain-available": fc.integer({ min: 0, max: 1 }),
    "maximum-packet-size": fc.integer({ min: 1, max: 0xffff_ffff }),
    "assigned-client-identifier": text,
    "topic-alias-maximum": fc.integer({ min: 0, max: 0xffff }),
    "reason-string": text,
    "user-property": pairs,
    "authentication-data": fc.uint8Array({ maxLength: 20 }),
  },
  { requiredKeys: [] },
)

test("reads back what it writes", () => {
  fc.assert(
    fc.property(anyConnack, (properties) => {
      const block = hex(written(properties))
      const lengthBytes = (block[0] as number) >= 0x80 ? 2 : 1
      expect(readProperties(block, lengthBytes, block.length, "CONNACK")).toEqual(properties)
    }),
    { seed: 1, numRuns: 200 },
  )
})

test("answers any change with properties, a DecodeError or a PropertyError", () => {
  const places: readonly PropertyPlace[] = ["CONNECT", "CONNACK", "PUBLISH", "SUBSCRIBE", "DISCONNECT"]
  fc.assert(
    fc.property(
      anyConnack,
      fc.constantFrom(...places),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
      (properties, place, changes) => {
        const block = hex(written(properties))
        for (const [at, byte] of changes) block[at % block.length] = byte
        try {
          readProperties(block, 1, block.length, place)
        } catch (error) {
          expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
        }
      },
    ),
    { seed: 1, numRuns: 1000 },
  )
})

test("reads many user properties in linear time", () => {
  const count = 50_000
  const bytes = new Uint8Array(count * 5)
  for (let at = 0; at < bytes.length; at += 5) bytes[at] = 0x26
  expect(readProperties(bytes, 0, bytes.length, "CONNECT")["user-property"]).toHaveLength(count)
})
