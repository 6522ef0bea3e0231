import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { FieldIndex } from "../field-index.ts"
import type { Assembler } from "../format.ts"
import { decode } from "../inspect.ts"
import { createMessage, type Message, type MessageDraft, NO_BYTES } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { slotOf } from "../slot.ts"
import { copyFields } from "../testing/copy-fields.ts"
import type { Value } from "../value.ts"
import { mqttFormat } from "./format.ts"
import { publishedV3 } from "./published.ts"
import { validateProperties } from "./validate.ts"

const { fields, types } = mqttFormat

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function message(text: string): MessageDraft {
  const bytes = hex(text)
  const draft = createMessage("mqtt", 0)
  validateProperties(bytes, 0, bytes.length, draft)
  return draft
}

function listed(draft: Message): readonly (readonly unknown[])[] {
  return decode(draft).fields.map(({ field, key, value }) => [
    field,
    ...(key ? [key.value] : []),
    value.type,
    value.value,
  ])
}

const ALL =
  "0101 0200000258 03000a746578742f706c61696e 08000672652f706c79 090004636f7272 2600016b000176 260003782d6b00027876"

test("lists QoS, RETAIN, every property in wire order and the payload", () => {
  const draft = message(ALL)
  Object.assign(draft, { qos: 1, retain: true, body: ascii("body"), bodyEnd: 4 })
  expect(listed(draft)).toEqual([
    ["fixed-header.qos", "bits", 1],
    ["fixed-header.retain", "bits", 1],
    ["properties.payload-format-indicator", "byte", 1],
    ["properties.message-expiry-interval", "uint", 600],
    ["properties.content-type", "utf8", "text/plain"],
    ["properties.response-topic", "utf8", "re/ply"],
    ["properties.correlation-data", "binary", ascii("corr")],
    ["properties.user-property.*", "k", "utf8", "v"],
    ["properties.user-property.*", "x-k", "utf8", "xv"],
    ["payload", "binary", ascii("body")],
  ])
})

test("lists QoS 0 but not RETAIN 0", () => {
  const draft = message("")
  draft.qos = 0
  expect(listed(draft).map(([name]) => name)).toEqual(["fixed-header.qos", "payload"])
})

test("leaves the message expiry interval out once the envelope has no ttl", () => {
  const draft = message("0200000258 0101")
  draft.ttlMs = undefined
  expect(listed(draft).map(([name]) => name)).toEqual(["properties.payload-format-indicator", "payload"])
})

test("finds the first user property of a name", () => {
  const draft = message("0101 26 0001 61 0001 31 26 0001 61 0001 32 26 0002 c3a4 0000")
  expect(mqttFormat.header(draft, "a")).toEqual({ type: "utf8", value: "1" })
  expect(mqttFormat.header(draft, "ä")).toEqual({ type: "utf8", value: "" })
  expect(mqttFormat.header(draft, "b")).toBeUndefined()
})

test("reads a PUBLISH of MQTT 5.0 with what ends at the hop", () => {
  const { message: draft, hop } = mqttFormat.published(
    hex("3b 18 0003 612f62 0007 0f 230005 0b8001 2600016b000176 0b01 62"),
    9,
  )
  expect(draft).toMatchObject({
    exchange: "amq.topic",
    routingKey: "a.b",
    topic: "a/b",
    qos: 1,
    retain: true,
    durable: true,
  })
  expect(draft.receivedAtMs).toBe(9)
  expect(hop).toEqual([
    { field: "fixed-header.dup", value: { type: "bits", value: 1 } },
    { field: "topic-name", value: { type: "utf8", value: "a/b" } },
    { field: "packet-identifier", value: { type: "ushort", value: 7 } },
    { field: "properties.topic-alias", value: { type: "ushort", value: 5 } },
    { field: "properties.subscription-identifier", value: { type: "varint", value: 128 } },
    { field: "properties.subscription-identifier", value: { type: "varint", value: 1 } },
  ])
  expect(Buffer.from(draft.head.subarray(draft.headStart, draft.headEnd)).toString("hex")).toBe("2600016b000176")
  expect([...draft.body.subarray(draft.bodyStart, draft.bodyEnd)]).toEqual([0x62])
})

test("reads a PUBLISH of MQTT 3.1.1, which has no properties", () => {
  const { message: draft } = publishedV3(hex("30 07 0003 612f62 0101"), 0)
  expect(draft.headEnd).toBe(0)
  expect(draft).toMatchObject({ qos: 0, retain: false, durable: false, topic: "a/b" })
  expect([...draft.body.subarray(draft.bodyStart, draft.bodyEnd)]).toEqual([1, 1])
})

test.each([
  ["another packet type", "20 02 0000"],
  ["QoS 3", "36 07 0001 61 0001 00 62"],
  ["a remaining length that is too large", "30 05 0001 61 00"],
  ["a remaining length that is too small", "30 03 0001 61 00"],
  ["an unfinished remaining length", "30 80"],
  ["a topic beyond the packet", "30 03 0005 61"],
  ["a topic that is not UTF-8", "30 04 0001 ff 00"],
  ["no packet identifier", "32 03 0001 61"],
  ["no property length", "30 03 0001 61"],
  ["properties beyond the packet", "30 05 0001 61 05 01"],
  ["nothing", ""],
])("refuses a PUBLISH with %s", (_, text) => {
  expect(() => mqttFormat.published(hex(text), 0)).toThrow(DecodeError)
})

test("answers any published bytes with a message or a documented error", () => {
  const start = hex("321e 0003 612f62 0007 11 0101 0200000258 230005 2600016b000176 6262626262")
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
      const bytes = start.slice()
      for (const [at, byte] of changes) bytes[at] = byte
      try {
        mqttFormat.published(bytes, 0)
      } catch (error) {
        expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
      }
    }),
    { seed: 1, numRuns: 1000 },
  )
})

function field(name: string): number {
  return fields.findIndex((candidate) => candidate.name === name)
}

function type(name: string): number {
  return types.findIndex((candidate) => candidate.name === name)
}

function begun(): Assembler {
  const assembler = mqttFormat.assembler()
  assembler.begin(createMessage("amqp091", 7))
  return assembler
}

function head(draft: Message): string {
  return Buffer.from(draft.head.subarray(draft.headStart, draft.headEnd)).toString("hex")
}

function put(assembler: Assembler, name: string, typeName: string, bytes: Uint8Array): void {
  assembler.put(field(name), type(typeName), slotOf(bytes))
}

const USER_PROPERTY = field("properties.user-property.*")

function putEntry(assembler: Assembler, key: Uint8Array, value: Uint8Array): void {
  const slot = slotOf(value, key)
  assembler.putEntry(USER_PROPERTY, 0, slot, type("utf8"), slot)
}

function putValue(assembler: Assembler, name: string, value: Value): void {
  assembler.putValue(field(name), value)
}

test("builds properties as they stand on the wire", () => {
  const assembler = begun()
  putValue(assembler, "properties.payload-format-indicator", { type: "byte", value: 1 })
  putValue(assembler, "properties.message-expiry-interval", { type: "uint", value: 600 })
  put(assembler, "properties.response-topic", "utf8", ascii("r"))
  put(assembler, "properties.correlation-data", "binary", Uint8Array.of(0))
  putEntry(assembler, ascii("k"), ascii("v"))
  assembler.putEntryValue(USER_PROPERTY, 0, slotOf(NO_BYTES, ascii("n")), { type: "utf8", value: "1" })
  putValue(assembler, "properties.content-type", { type: "utf8", value: "ä" })
  expect(head(assembler.finish())).toBe(
    "0101 0200000258 08000172 09000100 2600016b000176 2600016e000131 030002c3a4".replaceAll(" ", ""),
  )
})

test("sets the envelope's QoS, RETAIN and ttl from what is put, and takes the rest from the source", () => {
  const assembler = mqttFormat.assembler()
  const source = createMessage("amqp091", 7)
  Object.assign(source, { routingKey: "a.b", durable: true, priority: 3, ttlMs: 1 })
  assembler.begin(source)
  const bare = assembler.finish()
  expect(bare).toMatchObject({ format: "mqtt", routingKey: "a.b", receivedAtMs: 7 })
  expect([bare.durable, bare.priority, bare.qos, bare.ttlMs]).toEqual([undefined, undefined, undefined, undefined])
  assembler.begin(source)
  putValue(assembler, "fixed-header.qos", { type: "bits", value: 1 })
  putValue(assembler, "fixed-header.retain", { type: "bits", value: 1 })
  put(assembler, "properties.message-expiry-interval", "uint", Uint8Array.of(2, 1))
  putValue(assembler, "payload", { type: "binary", value: Uint8Array.of(5) })
  const draft = assembler.finish()
  expect([draft.qos, draft.retain, draft.ttlMs, draft.body[0]]).toEqual([1, true, 513_000, 5])
  expect(head(draft)).toBe("0200000201")
})

test("shares the payload of the source", () => {
  const body = Uint8Array.of(1, 2, 3)
  const assembler = begun()
  const payload = slotOf(body)
  payload.start = 1
  assembler.putBody(payload)
  const draft = assembler.finish()
  expect(draft.body).toBe(body)
  expect([draft.bodyStart, draft.bodyEnd]).toEqual([1, 3])
})

test("stays as it was when a value cannot exist", () => {
  const assembler = begun()
  const long = new Uint8Array(65_536).fill(0x61)
  expect(() => put(assembler, "properties.content-type", "utf8", long)).toThrow(RangeError)
  expect(() => putEntry(assembler, long, ascii("v"))).toThrow(RangeError)
  expect(() => putEntry(assembler, ascii("k"), long)).toThrow(RangeError)
  const key = slotOf(NO_BYTES, ascii("k"))
  expect(() => assembler.putEntryValue(USER_PROPERTY, 0, key, { type: "uint", value: 1 })).toThrow(RangeError)
  expect(() => putValue(assembler, "properties.content-type", { type: "utf8", value: "a\0" })).toThrow(RangeError)
  expect(() => putValue(assembler, "properties.content-type", { type: "utf8", value: Uint8Array.of(255) })).toThrow(
    RangeError,
  )
  expect(() => putValue(assembler, "properties.content-type", { type: "binary", value: long })).toThrow(RangeError)
  expect(() => putValue(assembler, "properties.message-expiry-interval", { type: "uint", value: 2 ** 32 })).toThrow(
    RangeError,
  )
  expect(() => putValue(assembler, "properties.message-expiry-interval", { type: "uint", value: 0.5 })).toThrow(
    RangeError,
  )
  expect(() => putValue(assembler, "properties.payload-format-indicator", { type: "byte", value: -1 })).toThrow(
    RangeError,
  )
  expect(() => putValue(assembler, "fixed-header.qos", { type: "bits", value: 3 })).toThrow(RangeError)
  expect(() => putValue(assembler, "fixed-header.retain", { type: "bits", value: 2 })).toThrow(RangeError)
  expect(() => putValue(assembler, "fixed-header.dup", { type: "bits", value: 1 })).toThrow(RangeError)
  putValue(assembler, "properties.content-type", { type: "utf8", value: "t" })
  const draft = assembler.finish()
  expect(head(draft)).toBe("03000174")
  expect(draft.qos).toBeUndefined()
})

test("builds what it scans, for any properties that are accepted", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 20 }).filter((value) => !value.includes("\0"))
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 6 }), fc.uint8Array({ maxLength: 30 }), (pairs, data) => {
      const assembler = begun()
      put(assembler, "properties.correlation-data", "binary", data)
      for (const [name, value] of pairs) {
        assembler.putEntryValue(USER_PROPERTY, 0, slotOf(NO_BYTES, ascii(name)), { type: "utf8", value })
      }
      const built = head(assembler.finish())
      const index = new FieldIndex()
      mqttFormat.scan(message(built), index)
      assembler.begin(createMessage("amqp091", 0))
      copyFields(index, assembler)
      expect(head(assembler.finish())).toBe(built)
    }),
    { seed: 1, numRuns: 200 },
  )
})
