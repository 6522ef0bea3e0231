import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FieldIndex } from "../field-index.ts"
import type { Assembler } from "../format.ts"
import { decode } from "../inspect.ts"
import { createMessage, type Message, NO_BYTES } from "../message.ts"
import { slotOf } from "../slot.ts"
import { copyFields } from "../testing/copy-fields.ts"
import { type Value, ValueMap } from "../value.ts"
import { fieldNumber, type TypeName, typeNumber } from "./catalogue.ts"
import { amqp10Format } from "./format.ts"
import { amqp10HeadBytes, renderAmqp10Head } from "./render.ts"

const SOURCE: Message = { ...createMessage("mqtt", 1234), exchange: "x", routingKey: "k", topic: "k", qos: 1 }

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function text(value: string): Uint8Array {
  return Uint8Array.from(Buffer.from(value))
}

function put(assembler: Assembler, field: string, type: TypeName, bytes: Uint8Array): void {
  assembler.put(fieldNumber(field), typeNumber(type), slotOf(bytes))
}

function putEntry(
  assembler: Assembler,
  field: string,
  key: string,
  keyType: TypeName,
  type: TypeName,
  bytes: Uint8Array,
): void {
  const slot = slotOf(bytes, text(key))
  assembler.putEntry(fieldNumber(field), typeNumber(keyType), slot, typeNumber(type), slot)
}

function built(build: (assembler: Assembler) => void): Message {
  const assembler = amqp10Format.assembler()
  assembler.begin(SOURCE)
  build(assembler)
  return assembler.finish()
}

function part(message: Message, name: "head" | "sections" | "body"): string {
  const bytes = message[name].subarray(message[`${name}Start`], message[`${name}End`])
  return Buffer.from(bytes).toString("hex")
}

/** What follows the broker's two annotations of a delivery. */
function delivered(message: Message): Uint8Array {
  const head = new Uint8Array(amqp10HeadBytes(message, undefined, 0))
  renderAmqp10Head(message, undefined, true, 0, head, 0)
  return Buffer.concat([head, message.body.subarray(message.bodyStart, message.bodyEnd)])
}

describe("Amqp10Assembler", () => {
  it("puts header fields into the envelope and takes the rest of it from the source", () => {
    const message = built((assembler) => {
      put(assembler, "header.durable", "boolean", Uint8Array.of(1))
      put(assembler, "header.priority", "ubyte", Uint8Array.of(7))
      put(assembler, "header.ttl", "uint", hex("00000001f4"))
    })
    expect(message).toMatchObject({ format: "amqp10", durable: true, priority: 7, ttlMs: 500, qos: undefined })
    expect(message).toMatchObject({ exchange: "x", routingKey: "k", topic: "k", receivedAtMs: 1234 })
    expect(built(() => undefined)).toMatchObject({ durable: undefined, priority: undefined, ttlMs: undefined })
  })

  it("clamps what a header cannot hold", () => {
    const message = built((assembler) => {
      put(assembler, "header.priority", "ubyte", hex("0100"))
      put(assembler, "header.ttl", "uint", hex("0100000000"))
    })
    expect(message).toMatchObject({ priority: 255, ttlMs: 4_294_967_295 })
  })

  it("writes annotations, properties and application properties in their smallest encodings", () => {
    const message = built((assembler) => {
      putEntry(assembler, "message-annotations.*", "x-a", "symbol", "string", text("one"))
      put(assembler, "properties.message-id", "ulong", hex("0000000000000007"))
      put(assembler, "properties.reply-to", "string", text("/q"))
      put(assembler, "properties.correlation-id", "uuid", hex("98550e8400e29b41d4a716446655440000"))
      putEntry(assembler, "application-properties.*", "a", "string", "boolean", Uint8Array.of(1))
      putEntry(assembler, "application-properties.*", "b", "string", "int", hex("ffffffff"))
      assembler.putBody(slotOf(text("body")))
    })
    expect(part(message, "head")).toBe("a303782d61a1036f6e65")
    expect(part(message, "sections")).toBe(
      "005373c01b065307404040a1022f7198550e8400e29b41d4a716446655440000005374c10a04a1016141a1016254ff005375a004",
    )
    expect(part(message, "body")).toBe("626f6479")
  })

  it("shares the payload", () => {
    const payload = text("a payload that nobody copies")
    const slot = slotOf(payload)
    slot.setValue(payload, 2, 9)
    const message = built((assembler) => assembler.putBody(slot))
    expect(message.body).toBe(payload)
    expect([message.bodyStart, message.bodyEnd]).toEqual([2, 9])
    expect(part(message, "sections")).toBe("005375a007")
  })

  it("opens a large data section for a large payload, an empty one for none", () => {
    expect(
      part(
        built((assembler) => assembler.putBody(slotOf(new Uint8Array(256)))),
        "sections",
      ),
    ).toBe("005375b000000100")
    expect(
      part(
        built(() => undefined),
        "sections",
      ),
    ).toBe("005375a000")
  })

  it.each([
    ["amqp-value", "string", "6869", "005377a102", "6869"],
    ["amqp-value", "binary", "6869", "005377a002", "6869"],
    ["amqp-value", "symbol", "6869", "005377a302", "6869"],
    ["amqp-value", "ulong", "0000000000000005", "", "0053775305"],
    ["amqp-value", "list", "c003015301", "", "005377c003015301"],
    ["amqp-sequence", "sections", "005376c003015301", "", "005376c003015301"],
    ["data", "sections", "005375a00161005375a00162", "", "005375a00161005375a00162"],
    ["data", "binary", "6869", "005375a002", "6869"],
  ] as const)("builds a body of %s, %s", (field, type, bytes, sections, body) => {
    const message = built((assembler) => put(assembler, field, type, hex(bytes)))
    expect([part(message, "sections"), part(message, "body")]).toEqual([sections, body])
    expect(() => amqp10Format.published(delivered(message), 0)).not.toThrow()
  })

  it("puts decoded values where there are no bytes to copy", () => {
    const message = built((assembler) => {
      assembler.putValue(fieldNumber("header.durable"), { type: "boolean", value: true })
      assembler.putValue(fieldNumber("header.ttl"), { type: "uint", value: 300 })
      const key = slotOf(NO_BYTES, text("x-cc"))
      const keys: Value = { type: "list", value: [{ type: "string", value: "one" }] }
      const symbol = typeNumber("symbol")
      assembler.putEntryValue(fieldNumber("message-annotations.*"), symbol, key, keys)
      assembler.putValue(fieldNumber("properties.creation-time"), { type: "timestamp", value: 1000n })
      assembler.putValue(fieldNumber("amqp-value"), { type: "map", value: new ValueMap([]) })
    })
    expect(message).toMatchObject({ durable: true, ttlMs: 300 })
    expect(part(message, "head")).toBe("a304782d6363c00601a1036f6e65")
    expect(part(message, "sections")).toBe("005373c0130a4040404040404040408300000000000003e8")
    expect(part(message, "body")).toBe("005377c10100")
  })

  it("leaves the message as it was when a value cannot exist", () => {
    const message = built((assembler) => {
      const key = slotOf(NO_BYTES, text("k"))
      const string = typeNumber("string")
      const bad: Value = { type: "shortstr", value: "a" }
      expect(() => assembler.putValue(fieldNumber("properties.to"), bad)).toThrow(RangeError)
      expect(() => assembler.putEntryValue(fieldNumber("application-properties.*"), string, key, bad)).toThrow(
        RangeError,
      )
      putEntry(assembler, "application-properties.*", "k", "string", "string", text("v"))
    })
    expect(part(message, "sections")).toBe("005374c10702a1016ba10176005375a000")
  })

  it.each([
    ["a uint of five bytes", "uint", "0100000000"],
    ["an int of five bytes", "int", "0080000000"],
    ["a float of three bytes", "float", "000000"],
  ] as const)("does not put %s", (_what, type, bytes) => {
    expect(() => built((assembler) => put(assembler, "properties.group-sequence", type, hex(bytes)))).toThrow(
      RangeError,
    )
  })

  it("takes integers of any width that fit", () => {
    const group = (type: TypeName, bytes: string): Value | undefined =>
      decode(built((assembler) => put(assembler, "properties.group-sequence", type, hex(bytes)))).fields[0]?.value
    expect(group("uint", "")).toEqual({ type: "uint", value: 0 })
    expect(group("uint", "000000000000ffff")).toEqual({ type: "uint", value: 65_535 })
    expect(group("ushort", "07")).toEqual({ type: "ushort", value: 7 })
    expect(group("long", "ff7f")).toEqual({ type: "long", value: -129n })
    expect(group("short", "ffffff80")).toEqual({ type: "short", value: -128 })
    expect(group("timestamp", "ff")).toEqual({ type: "timestamp", value: -1n })
    expect(group("int", "00000080")).toEqual({ type: "int", value: 128 })
  })

  it("refuses hop fields and a footer behind a shared payload", () => {
    expect(() => built((assembler) => putEntry(assembler, "footer.*", "x-a", "symbol", "null", hex("")))).toThrow(
      RangeError,
    )
    expect(() => built((assembler) => put(assembler, "header.delivery-count", "uint", hex("01")))).toThrow(RangeError)
  })

  it("builds from the slots of a message a message with the same fields", () => {
    const assembler = amqp10Format.assembler()
    const index = new FieldIndex()
    fc.assert(
      fc.property(
        fc.record({
          durable: fc.option(fc.boolean()),
          annotations: fc.dictionary(fc.string({ maxLength: 20 }), fc.uint8Array({ maxLength: 40 })),
          id: fc.option(fc.bigInt(0n, 2n ** 64n - 1n)),
          to: fc.option(fc.string({ unit: "binary", maxLength: 300 })),
          properties: fc.dictionary(fc.string({ unit: "binary", maxLength: 300 }), fc.oneof(fc.boolean(), fc.string())),
          body: fc.uint8Array({ maxLength: 300 }),
        }),
        ({ durable, annotations, id, to, properties, body }) => {
          const first = built((each) => {
            if (durable !== null) put(each, "header.durable", "boolean", Uint8Array.of(durable ? 1 : 0))
            for (const [key, value] of Object.entries(annotations)) {
              putEntry(each, "message-annotations.*", key, "symbol", "binary", value)
            }
            if (id !== null) each.putValue(fieldNumber("properties.message-id"), { type: "ulong", value: id })
            if (to !== null) put(each, "properties.to", "string", text(to))
            for (const [key, value] of Object.entries(properties)) {
              const name = slotOf(NO_BYTES, text(key))
              const type = typeof value === "boolean" ? "boolean" : "string"
              const field = fieldNumber("application-properties.*")
              each.putEntryValue(field, typeNumber("string"), name, { type, value })
            }
            each.putBody(slotOf(body))
          })
          amqp10Format.scan(first, index)
          assembler.begin(first)
          copyFields(index, assembler)
          expect(decode(assembler.finish())).toEqual(decode(first))
          const { fields } = decode(amqp10Format.published(delivered(first), 0).message)
          expect(fields.filter(({ key }) => key?.value !== "x-exchange" && key?.value !== "x-routing-key")).toEqual(
            decode(first).fields,
          )
        },
      ),
      { numRuns: 200 },
    )
  })
})
