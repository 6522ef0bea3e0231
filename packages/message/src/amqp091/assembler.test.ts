import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { FieldIndex } from "../field-index.ts"
import type { Assembler } from "../format.ts"
import { createMessage, type Message, NO_BYTES } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { slotOf } from "../slot.ts"
import { copyFields } from "../testing/copy-fields.ts"
import type { Value } from "../value.ts"
import { amqp091Format } from "./format.ts"
import { validateProperties } from "./validate.ts"

const { fields, types } = amqp091Format
const SOURCE = createMessage("mqtt", 7)

function field(name: string): number {
  return fields.findIndex((candidate) => candidate.name === name)
}

function type(name: string): number {
  return types.findIndex((candidate) => candidate.name === name)
}

function begun(): Assembler {
  const assembler = amqp091Format.assembler()
  assembler.begin(SOURCE)
  return assembler
}

function head(message: Message): string {
  return Buffer.from(message.head.subarray(message.headStart, message.headEnd)).toString("hex")
}

function put(assembler: Assembler, name: string, typeName: string, bytes: readonly number[]): void {
  assembler.put(field(name), type(typeName), slotOf(Uint8Array.from(bytes)))
}

const HEADERS = field("properties.headers.*")

function putHeader(assembler: Assembler, key: string, typeName: string, bytes: readonly number[]): void {
  const slot = slotOf(Uint8Array.from(bytes), new TextEncoder().encode(key))
  assembler.putEntry(HEADERS, 0, slot, type(typeName), slot)
}

function putHeaderValue(assembler: Assembler, key: string, value: Value): void {
  assembler.putEntryValue(HEADERS, 0, slotOf(NO_BYTES, new TextEncoder().encode(key)), value)
}

test("builds flags and list as they stand on the wire", () => {
  const assembler = begun()
  put(assembler, "properties.content_type", "shortstr", [0x61])
  putHeader(assembler, "k", "longstr", [0x76])
  putHeader(assembler, "n", "void", [])
  put(assembler, "properties.delivery_mode", "octet", [2])
  put(assembler, "properties.timestamp", "timestamp", [0x65, 0x53, 0xf1, 0])
  expect(head(assembler.finish())).toBe(
    "b0400161 0000000b 016b530000000176 016e56 02 000000006553f100".replaceAll(" ", ""),
  )
})

test("sets the envelope's durable, priority and ttl from what is put, and takes the rest from the source", () => {
  const assembler = amqp091Format.assembler()
  const source = createMessage("mqtt", 7)
  Object.assign(source, { exchange: "amq.topic", routingKey: "a.b", topic: "a/b", qos: 1, durable: true, ttlMs: 1000 })
  assembler.begin(source)
  const bare = assembler.finish()
  expect(bare).toMatchObject({
    format: "amqp091",
    exchange: "amq.topic",
    routingKey: "a.b",
    topic: "a/b",
    receivedAtMs: 7,
  })
  expect([bare.durable, bare.priority, bare.qos, bare.ttlMs]).toEqual([undefined, undefined, undefined, undefined])
  assembler.begin(source)
  put(assembler, "properties.delivery_mode", "octet", [1])
  put(assembler, "properties.priority", "octet", [9])
  put(assembler, "properties.expiration", "shortstr", [0x31, 0x30])
  const message = assembler.finish()
  expect([message.durable, message.priority, message.qos, message.ttlMs]).toEqual([false, 9, undefined, 10])
})

test("shares the payload of the source", () => {
  const body = Uint8Array.of(1, 2, 3)
  const assembler = begun()
  const payload = slotOf(body)
  payload.start = 1
  assembler.putBody(payload)
  const message = assembler.finish()
  expect(message.body).toBe(body)
  expect([message.bodyStart, message.bodyEnd]).toEqual([1, 3])
  assembler.begin(SOURCE)
  expect(assembler.finish().bodyEnd).toBe(0)
})

test("widens integers to their type", () => {
  const assembler = begun()
  putHeader(assembler, "a", "long", [0xff])
  putHeader(assembler, "b", "unsignedint", [0xff])
  putHeader(assembler, "c", "short", [0, 0, 0, 5])
  expect(head(assembler.finish())).toBe("20000000001701616cffffffffffffffff016269000000ff0163730005")
})

test("puts decoded values", () => {
  const assembler = begun()
  putHeaderValue(assembler, "a", { type: "array", value: [{ type: "longstr", value: "x" }] })
  assembler.putValue(field("properties.correlation_id"), { type: "shortstr", value: "c" })
  assembler.putValue(field("payload"), { type: "payload", value: Uint8Array.of(5) })
  const message = assembler.finish()
  expect(head(message)).toBe("24000000000d016141000000065300000001780163")
  expect([...message.body]).toEqual([5])
})

test("stays as it was when a value cannot exist", () => {
  const assembler = begun()
  const long = new Array<number>(256).fill(0x61)
  expect(() => put(assembler, "properties.content_type", "shortstr", long)).toThrow(RangeError)
  expect(() => putHeader(assembler, "k".repeat(256), "void", [])).toThrow(RangeError)
  expect(() => putHeaderValue(assembler, "k", { type: "array", value: [{ type: "uuid", value: 0 }] })).toThrow(
    RangeError,
  )
  expect(() => assembler.putValue(field("properties.priority"), { type: "octet", value: 256 })).toThrow(RangeError)
  expect(() => assembler.putValue(field("properties.priority"), { type: "shortstr", value: "1" })).toThrow(RangeError)
  expect(() => put(assembler, "properties.expiration", "shortstr", [0x78])).toThrow(RangeError)
  expect(() => assembler.putValue(field("payload"), { type: "payload", value: "x" })).toThrow(RangeError)
  put(assembler, "properties.type", "shortstr", [0x74])
  expect(head(assembler.finish())).toBe("00200174")
})

test("keeps earlier headers when a later one cannot exist", () => {
  const assembler = begun()
  putHeader(assembler, "a", "void", [])
  expect(() => putHeaderValue(assembler, "b", { type: "byte", value: 1000 })).toThrow(RangeError)
  putHeader(assembler, "c", "void", [])
  expect(head(assembler.finish())).toBe("200000000006016156016356")
})

test("builds what it scans, for any header that is accepted", () => {
  const text = fc.uint8Array({ maxLength: 20 })
  const header = fc.tuple(text, fc.integer({ min: 0, max: types.length - 1 }), text)
  fc.assert(
    fc.property(fc.array(header, { maxLength: 8 }), text, (headers, id) => {
      const assembler = begun()
      for (const [key, number, value] of headers) {
        const width = FIXED[types[number]?.name ?? ""]
        if (width === undefined) continue
        const bytes = new Uint8Array(width < 0 ? value.length : width).map((_, at) => (value[at] ?? 0) & 0x7f)
        if (types[number]?.name === "bool") bytes[0] = (bytes[0] as number) & 1
        const slot = slotOf(bytes, key)
        assembler.putEntry(HEADERS, 0, slot, number, slot)
      }
      assembler.put(field("properties.message_id"), 0, slotOf(id))
      const first = assembler.finish()
      const bytes = first.head.slice(0, first.headEnd)
      const index = new FieldIndex()
      const draft = createMessage("amqp091", 0)
      validateProperties(bytes, 0, bytes.length, draft)
      amqp091Format.scan(draft, index)
      assembler.begin(SOURCE)
      copyFields(index, assembler)
      expect(head(assembler.finish())).toBe(Buffer.from(bytes).toString("hex"))
    }),
    { seed: 1, numRuns: 300 },
  )
})

/** Widths of the header types whose bytes can be anything. */
const FIXED: Readonly<Record<string, number>> = {
  longstr: -1,
  bool: 1,
  byte: 1,
  short: 2,
  signedint: 4,
  long: 8,
  float: 4,
  double: 8,
  decimal: 5,
  timestamp: 8,
  void: 0,
  binary: -1,
}

test("reads a message from its frames, whatever the body is cut into", () => {
  const header = "02 0001 00000012 003c 0000 0000000000000004 8000 0361 2f62 ce".replace("0361 2f62", "03612f62")
  for (const bodies of ["03 0001 00000004 626f6479 ce", "03 0001 00000001 62 ce 03 0001 00000003 6f6479 ce"]) {
    const { message, hop } = amqp091Format.published(hex(header + bodies), 5)
    expect(head(message)).toBe("800003612f62")
    expect(new TextDecoder().decode(message.body.subarray(message.bodyStart, message.bodyEnd))).toBe("body")
    expect(message.receivedAtMs).toBe(5)
    expect(hop).toEqual([])
  }
})

test("reads a message from flags and list alone, also where they look like a frame", () => {
  const { message } = amqp091Format.published(hex("0200 02 0000"), 0)
  expect(head(message)).toBe("0200020000")
  expect(message.bodyEnd - message.bodyStart).toBe(0)
})

test.each([
  ["fewer bytes than announced", "03 0001 00000003 626f64 ce"],
  ["no body frames at all", ""],
  ["a frame of another type", "01 0001 00000004 626f6479 ce"],
  ["a frame that ends early", "03 0001 00000004 626f"],
  ["a frame without its end octet", "03 0001 00000004 626f6479 00"],
  ["half a frame's beginning", "03 0001"],
])("refuses a content with %s", (_, bodies) => {
  const bytes = hex(`02 0001 0000000e 003c 0000 0000000000000004 0000 ce ${bodies}`)
  expect(() => amqp091Format.published(bytes, 0)).toThrow(DecodeError)
})

test("answers any published bytes with a message or a documented error", () => {
  const start = hex("02 0001 00000012 003c 0000 0000000000000004 8000 03612f62 ce 03 0001 00000004 626f6479 ce")
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 4 }),
      fc.nat(4),
      (changes, cut) => {
        const bytes = start.slice(0, start.length - cut)
        for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte
        try {
          amqp091Format.published(bytes, 0)
        } catch (error) {
          expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
        }
      },
    ),
    { seed: 1, numRuns: 1000 },
  )
})

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}
