import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { decode } from "../inspect.ts"
import { createMessage, type MessageDraft } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { render, renderedBytes } from "./render.ts"
import { NO_TOPIC_ALIAS, validateProperties, validateWillProperties } from "./validate.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

interface Validated {
  readonly draft: MessageDraft
  readonly alias: number
}

function validated(bytes: Uint8Array): Validated {
  const draft = createMessage("mqtt", 0)
  return { draft, alias: validateProperties(bytes, 0, bytes.length, draft) }
}

function head(draft: MessageDraft): string {
  return Buffer.from(draft.head.subarray(draft.headStart, draft.headEnd)).toString("hex")
}

/** Every property that a client may publish with, but the topic alias. */
const ALL =
  "0101 0200000258 03000a746578742f706c61696e 08000672652f706c79 090004636f7272 2600016b000176 260003782d6b00027876"

test("takes the ttl from the message expiry interval, in milliseconds", () => {
  expect(validated(hex(ALL)).draft.ttlMs).toBe(600_000)
  expect(validated(hex("02ffffffff")).draft.ttlMs).toBe(4_294_967_295_000)
  expect(validated(hex("0200000000")).draft.ttlMs).toBe(0)
  expect(validated(hex("0101")).draft.ttlMs).toBeUndefined()
})

test("keeps the bytes of the properties as they are, without a copy", () => {
  const bytes = hex(`ff ${ALL} ff`)
  const draft = createMessage("mqtt", 0)
  expect(validateProperties(bytes, 1, bytes.length - 1, draft)).toBe(NO_TOPIC_ALIAS)
  expect(draft.head).toBe(bytes)
  expect([draft.headStart, draft.headEnd]).toEqual([1, bytes.length - 1])
})

test("accepts no properties at all", () => {
  const { draft, alias } = validated(hex(""))
  expect(alias).toBe(NO_TOPIC_ALIAS)
  expect(draft.headEnd - draft.headStart).toBe(0)
})

test.each([
  ["230007", 7],
  ["230000", 0],
  ["23ffff", 65_535],
])("takes the topic alias %s out of the head", (text, alias) => {
  const before = "2600016b000176"
  const behind = "0101"
  const result = validated(hex(before + text + behind))
  expect(result.alias).toBe(alias)
  expect(head(result.draft)).toBe(before + behind)
})

test("takes the will delay interval out of the head of a will", () => {
  const draft = createMessage("mqtt", 0)
  const bytes = hex("18 0000000a 0101 0200000005")
  expect(validateWillProperties(bytes, 0, bytes.length, draft)).toBe(10)
  expect(head(draft)).toBe("01010200000005")
  expect(draft.ttlMs).toBe(5000)
})

test("delays a will without will delay interval by 0 seconds", () => {
  expect(validateWillProperties(hex("0101"), 0, 2, createMessage("mqtt", 0))).toBe(0)
})

test.each([
  ["a payload format indicator", "0100 0101", "payload-format-indicator"],
  ["a message expiry interval", "0200000001 0200000001", "message-expiry-interval"],
  ["a content type", "03000161 03000161", "content-type"],
  ["a response topic", "08000161 08000161", "response-topic"],
  ["correlation data", "09000161 2600016b000176 09000161", "correlation-data"],
  ["a topic alias", "230001 230001", "topic-alias"],
])("refuses %s twice as a protocol error (2.2.2.2)", (_, text, property) => {
  expect(() => validated(hex(text))).toThrow(expect.objectContaining({ name: "PropertyError", property }))
})

test("accepts user properties of one name more than once, in order (3.3.2.3.7)", () => {
  const text = "26000164000132 26000164000131 26000164000132".replaceAll(" ", "")
  expect(head(validated(hex(text)).draft)).toBe(text)
})

test.each(["0102", "01ff"])("refuses the payload format indicator %s", (text) => {
  expect(() => validated(hex(text))).toThrow(PropertyError)
})

test("refuses a subscription identifier from a client as a protocol error [MQTT-3.3.4-6]", () => {
  expect(() => validated(hex("0b01"))).toThrow(
    expect.objectContaining({ name: "PropertyError", property: "subscription-identifier" }),
  )
})

test.each(["612b", "612f23", "2b"])("refuses wildcards in a response topic (3.3.2.3.5): %s", (topic) => {
  const length = (topic.length / 2).toString(16).padStart(4, "0")
  expect(() => validated(hex(`08${length}${topic}`))).toThrow(
    expect.objectContaining({ name: "PropertyError", property: "response-topic" }),
  )
})

test.each([
  ["a property of CONNECT", "1100000001", "MALFORMED"],
  ["a will delay interval outside of a will", "1800000001", "MALFORMED"],
  ["an unknown identifier", "7f00", "MALFORMED"],
  ["identifier 0", "0000", "MALFORMED"],
  ["an identifier of two bytes", "8101", "MALFORMED"],
  ["a content type that is not UTF-8 (1.5.4)", "030002c328", "INVALID_UTF8"],
  ["a content type with U+0000 (1.5.4)", "0300036100 62", "INVALID_UTF8"],
  ["a surrogate in the name of a user property (1.5.4)", "260003eda0800000", "INVALID_UTF8"],
  ["U+0000 in the value of a user property (1.5.4)", "260000000100", "INVALID_UTF8"],
  ["U+0000 behind a character of two bytes (1.5.4)", "030003c3a400", "INVALID_UTF8"],
  ["a value that is missing", "01", "TRUNCATED"],
  ["an integer that ends early", "02000000", "TRUNCATED"],
  ["text beyond the properties", "030005 61", "TRUNCATED"],
  ["a user property without a value", "2600016b", "TRUNCATED"],
  ["half a length", "0900", "TRUNCATED"],
] as const)("refuses %s", (_, text, code) => {
  expect(() => validated(hex(text))).toThrow(expect.objectContaining({ name: "DecodeError", code }))
})

test("accepts correlation data that is no text", () => {
  expect(head(validated(hex("090004 00ff c328")).draft)).toBe("09000400ffc328")
})

test("refuses properties that end within a value, wherever they do", () => {
  const ends = [0, 2, 7, 20, 29, 36, 43, 53]
  const bytes = hex(ALL)
  for (let end = 0; end <= bytes.length; end++) {
    if (ends.includes(end)) validated(bytes.subarray(0, end))
    else expect(() => validated(bytes.subarray(0, end))).toThrow(DecodeError)
  }
})

test("answers any change of the properties with acceptance, a DecodeError or a PropertyError", () => {
  const start = hex(`${ALL} 230001`)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
      (changes) => {
        const bytes = start.slice()
        for (const [at, byte] of changes) bytes[at] = byte
        expectAnswer(bytes)
      },
    ),
    { seed: 1, numRuns: 1000 },
  )
})

/** Refused with a documented error, or accepted: then it can be listed, decoded and rendered. */
function expectAnswer(bytes: Uint8Array): void {
  const draft = createMessage("mqtt", 0)
  try {
    validateProperties(bytes, 0, bytes.length, draft)
  } catch (error) {
    expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
    return
  }
  decode(draft)
  draft.ttlMs = undefined
  const target = new Uint8Array(renderedBytes(draft, [1]))
  expect(render(draft, undefined, [1], target, 0)).toBe(target.length)
}
