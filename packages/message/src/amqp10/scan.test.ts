import { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import { FieldIndex } from "../field-index.ts"
import { decode } from "../inspect.ts"
import type { Message } from "../message.ts"
import { type Value, ValueMap } from "../value.ts"
import { amqp10BodyEnd } from "./body.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { amqp10Format } from "./format.ts"
import { amqp10Property } from "./property.ts"

const DATA = "005375 a004 626f6479"
const FOOTER = "005378 c10a02 a305782d637263 5207"

function hex(...sections: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(sections.join("").replaceAll(" ", ""), "hex"))
}

function message(...sections: readonly string[]): Message {
  return amqp10Format.published(hex(...sections), 0).message
}

/** Fields as "name[key]": [type, value]. */
function listed(...sections: readonly string[]): readonly (readonly [string, string, Value["value"]])[] {
  return decode(message(...sections)).fields.map(({ field, key, value }) => [
    key === undefined ? field : `${field}[${key.value}]`,
    value.type,
    value.value,
  ])
}

/** The raw bytes of each slot. */
function slots(...sections: readonly string[]): readonly string[] {
  const index = new FieldIndex()
  amqp10Format.scan(message(...sections), index)
  return index.list().map(({ bytes, start, end }) => Buffer.from(bytes.subarray(start, end)).toString("hex"))
}

describe("scanning an AMQP 1.0 message", () => {
  it("lists every field in wire order, but not what ends at the hop", () => {
    expect(
      listed(
        "005370 c00805 41 5004 5264 42 43",
        "005371 c10a02 a304782d6461 a10176",
        "005372 c10d02 a305782d6b6579 a1036f6e65",
        "005373 c00d05 5301 40 a1022f71 40 a1022f72",
        "005374 c11206 a10161 41 a10162 5600 a10163 71fffffffe",
        DATA,
        FOOTER,
      ),
    ).toEqual([
      ["header.durable", "boolean", true],
      ["header.priority", "ubyte", 4],
      ["header.ttl", "uint", 100],
      ["message-annotations.*[x-key]", "string", "one"],
      ["properties.message-id", "ulong", 1n],
      ["properties.to", "string", "/q"],
      ["properties.reply-to", "string", "/r"],
      ["application-properties.*[a]", "boolean", true],
      ["application-properties.*[b]", "boolean", false],
      ["application-properties.*[c]", "int", -2],
      ["data", "binary", Uint8Array.from(Buffer.from("body"))],
      ["footer.*[x-crc]", "uint", 7],
    ])
  })

  it("gives each slot the bytes of its type's encoding", () => {
    expect(
      slots(
        "005370 c00903 42 50ff 7000010000",
        "005374 c1310e a10161 41 a10162 42 a10163 43 a10164 40 a10165 45 a10166 7300000061 a10167 98550e8400e29b41d4a716446655440000",
        DATA,
      ),
    ).toEqual([
      "00",
      "ff",
      "00010000",
      "01",
      "00",
      "",
      "",
      "45",
      "7300000061",
      "98550e8400e29b41d4a716446655440000",
      "626f6479",
    ])
  })

  it.each([
    ["a single data section", [DATA, FOOTER], "data", "binary", "626f6479"],
    [
      "several data sections",
      ["005375 a00161", "005375 b0000000 0162", FOOTER],
      "data",
      "sections",
      "005375a00161005375b00000000162",
    ],
    ["a sequence", ["005376 c00301 5301", FOOTER], "amqp-sequence", "sections", "005376c003015301"],
    ["a string", ["005377 a10161", FOOTER], "amqp-value", "string", "61"],
    ["a binary", ["005377 a00161"], "amqp-value", "binary", "61"],
    ["a boolean", ["00537741"], "amqp-value", "boolean", "01"],
    ["a null", ["00537740"], "amqp-value", "null", ""],
    ["a list", ["005377 c00301 5301"], "amqp-value", "list", "c003015301"],
    ["a described value", ["005377 00 5301 40"], "amqp-value", "described", "00530140"],
  ] as const)("lists a body of %s as one slot", (_what, sections, field, type, bytes) => {
    const index = new FieldIndex()
    amqp10Format.scan(message(...sections), index)
    const [slot] = index.list()
    expect(FIELDS[slot?.field ?? -1]?.name).toBe(field)
    expect(TYPES[slot?.type ?? -1]?.name).toBe(type)
    expect(slots(...sections)[0]).toBe(bytes)
  })

  it("lists an empty data section where there is no body", () => {
    const none = ["data", "binary", new Uint8Array(0)]
    expect(listed()).toEqual([none])
    expect(listed("005373 c00401 a1016d")).toEqual([["properties.message-id", "string", "m"], none])
    expect(listed(FOOTER)).toEqual([none, ["footer.*[x-crc]", "uint", 7]])
    for (const draft of [message(), message("005373 c00401 a1016d"), message(FOOTER)]) {
      expect(amqp10BodyEnd(draft)).toBe(draft.bodyStart)
    }
  })

  it("lists a property with the type it has, be it a wrong one, and leaves out null", () => {
    expect(listed("005373 c00a07 404040404040 a10161", DATA)[0]).toEqual(["properties.content-type", "string", "a"])
    expect(listed("00537345", "005374 c10100", DATA).length).toBe(1)
  })

  it("lists ulong keys, wide keys and repeated keys as they are", () => {
    expect(listed("005372 c11206 534d 5301 b3000000 0178 5302 a30178 5303", DATA).slice(0, 3)).toEqual([
      ["message-annotations.*[77]", "ulong", 1n],
      ["message-annotations.*[x]", "ulong", 2n],
      ["message-annotations.*[x]", "ulong", 3n],
    ])
  })

  it("does not list what the envelope has lost", () => {
    const dead = { ...message("005370 c00503 41 40 5264", DATA), ttlMs: undefined }
    const index = new FieldIndex()
    amqp10Format.scan(dead, index)
    expect(index.count).toBe(2)
  })

  it("finds where the body ends and the footer begins", () => {
    const { body, bodyStart, bodyEnd } = message(DATA, DATA, FOOTER)
    expect(amqp10BodyEnd(message(DATA, DATA, FOOTER))).toBe(18)
    expect(bodyEnd - bodyStart).toBe(body.length)
    expect(amqp10BodyEnd(message(DATA))).toBe(9)
  })
})

describe("amqp10Format", () => {
  it("reports first-acquirer, delivery count and delivery annotations as ending at the hop", () => {
    const { hop } = amqp10Format.published(
      hex("005370 c00805 41 5004 5264 42 43", "005371 c10a02 a304782d6461 a10176", DATA),
      0,
    )
    expect(hop).toEqual([
      { field: "header.first-acquirer", value: { type: "boolean", value: false } },
      { field: "header.delivery-count", value: { type: "uint", value: 0 } },
      {
        field: "delivery-annotations.*",
        value: {
          type: "map",
          value: new ValueMap([
            [
              { type: "symbol", value: "x-da" },
              { type: "string", value: "v" },
            ],
          ]),
        },
      },
    ])
    expect(amqp10Format.published(hex("005370 c0020141", DATA), 0).hop).toEqual([])
  })

  it("finds the first application property of a name that has a simple value", () => {
    const properties = "005373 c00701 a10469642d31"
    const bytes = message(properties, "005374 c11006 a1016b a10176 a1016b 5401 a1016c 45", DATA)
    expect(amqp10Format.header(bytes, "k")).toEqual({ type: "string", value: "v" })
    expect(amqp10Format.header(bytes, "l")).toBeUndefined()
    expect(amqp10Format.header(bytes, "x")).toBeUndefined()
    expect(amqp10Format.header(message(properties, DATA), "k")).toBeUndefined()
    expect(amqp10Format.header(message(DATA), "k")).toBeUndefined()
  })

  it("finds one property", () => {
    const bytes = message("005373 c00d05 5301 40 a1022f71 40 a1022f72", DATA)
    expect(amqp10Property(bytes, "message-id")).toEqual({ type: "ulong", value: 1n })
    expect(amqp10Property(bytes, "user-id")).toBeUndefined()
    expect(amqp10Property(bytes, "to")).toEqual({ type: "string", value: "/q" })
    expect(amqp10Property(bytes, "reply-to")).toEqual({ type: "string", value: "/r" })
    expect(amqp10Property(bytes, "reply-to-group-id")).toBeUndefined()
    expect(amqp10Property(message(DATA), "to")).toBeUndefined()
    expect(amqp10Property(message("005374 c10702 a1016b a10176", DATA), "to")).toBeUndefined()
  })
})
