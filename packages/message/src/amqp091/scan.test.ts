import { expect, test } from "vitest"
import { FieldIndex } from "../field-index.ts"
import { decode } from "../inspect.ts"
import { createMessage, type MessageDraft } from "../message.ts"
import { Slot } from "../slot.ts"
import { amqp091Format } from "./format.ts"
import { validateProperties } from "./validate.ts"

function message(text: string, body = "body"): MessageDraft {
  const bytes = Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
  const draft = createMessage("amqp091", 0)
  validateProperties(bytes, 0, bytes.length, draft)
  draft.body = new TextEncoder().encode(body)
  draft.bodyEnd = draft.body.length
  return draft
}

/** A content header with all fourteen properties. */
const ALL =
  "fffc 03612f62 04677a6970 00000008 016b 53 00000001 76 02 05 0163 0172 053630303030 016d" +
  "000000006553f100 027479 056775657374 03617070 02636c"

function fields(draft: MessageDraft): readonly (readonly unknown[])[] {
  return decode(draft).fields.map(({ field, key, value }) => [
    field,
    ...(key ? [key.value] : []),
    value.type,
    value.value,
  ])
}

test("lists every property, header and the payload in wire order", () => {
  expect(fields(message(ALL))).toEqual([
    ["properties.content_type", "shortstr", "a/b"],
    ["properties.content_encoding", "shortstr", "gzip"],
    ["properties.headers.*", "k", "longstr", "v"],
    ["properties.delivery_mode", "octet", 2],
    ["properties.priority", "octet", 5],
    ["properties.correlation_id", "shortstr", "c"],
    ["properties.reply_to", "shortstr", "r"],
    ["properties.expiration", "shortstr", "60000"],
    ["properties.message_id", "shortstr", "m"],
    ["properties.timestamp", "timestamp", 1_700_000_000n],
    ["properties.type", "shortstr", "ty"],
    ["properties.user_id", "shortstr", "guest"],
    ["properties.app_id", "shortstr", "app"],
    ["properties.cluster_id", "shortstr", "cl"],
    ["payload", "payload", new TextEncoder().encode("body")],
  ])
})

test("lists only the payload of a message without properties, empty or not", () => {
  expect(fields(message("0000", ""))).toEqual([["payload", "payload", new Uint8Array(0)]])
})

test("lists nothing for an empty headers table", () => {
  expect(fields(message("200000000000")).map(([name]) => name)).toEqual(["payload"])
})

test("leaves the expiration out once the envelope has no ttl", () => {
  const draft = message(ALL)
  draft.ttlMs = undefined
  expect(fields(draft).map(([name]) => name)).not.toContain("properties.expiration")
  expect(fields(draft)).toHaveLength(14)
})

test("gives slots the value without letter and length, and the key", () => {
  const draft = message("2000 00000016 0161 49 00000001 0162 74 07 0163 41 00000001 56 0164 56")
  const index = new FieldIndex()
  amqp091Format.scan(draft, index)
  const slots = index
    .list()
    .map((slot) => [
      amqp091Format.types[slot.type]?.name,
      Buffer.from(slot.bytes.subarray(slot.start, slot.end)).toString("hex"),
    ])
  expect(slots).toEqual([
    ["signedint", "00000001"],
    ["bool", "01"],
    ["array", "56"],
    ["void", ""],
    ["payload", "626f6479"],
  ])
  const [, bool, array] = index.list()
  expect(amqp091Format.readKey(bool ?? new Slot())).toEqual({ type: "shortstr", value: "b" })
  expect(amqp091Format.read(array ?? new Slot())).toEqual({ type: "array", value: [{ type: "void", value: null }] })
})

test("finds the first header of a name, whatever its bytes are", () => {
  const draft = message("2000 00000016 0161 7401 0161 7400 03c3a471 5300000001 62 02ff61 56")
  expect(amqp091Format.header(draft, "a")).toEqual({ type: "bool", value: true })
  expect(amqp091Format.header(draft, "äq")).toEqual({ type: "longstr", value: "b" })
  expect(amqp091Format.header(draft, "b")).toBeUndefined()
  expect(amqp091Format.header(draft, "aa")).toBeUndefined()
  expect(amqp091Format.header(message("0000"), "a")).toBeUndefined()
})

test("scans more fields than the index has room for at first", () => {
  const entry = "0161 56"
  const draft = message(`2000 ${(200 * 3).toString(16).padStart(8, "0")} ${entry.repeat(200)}`)
  expect(fields(draft)).toHaveLength(201)
})
