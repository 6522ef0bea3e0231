import fc from "fast-check"
import { expect, test } from "vitest"
import { createMessage, type Message, type MessageDraft } from "../message.ts"
import { droppedHeaders, MAX_HEADER_FRAME_BYTES, render, renderedBytes } from "./render.ts"
import { validateProperties } from "./validate.ts"

function message(bytes: Uint8Array): MessageDraft {
  const draft = createMessage("amqp091", 0)
  validateProperties(bytes, 0, bytes.length, draft)
  return draft
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

/** What `render` writes, checked against the announced size and for writes outside of it. */
function rendered(draft: Message, maxFrameBytes?: number): string {
  const size = renderedBytes(draft, maxFrameBytes)
  const target = new Uint8Array(size + 2).fill(0xee)
  expect(render(draft, target, 1, maxFrameBytes)).toBe(size + 1)
  expect([target[0], target[size + 1]]).toEqual([0xee, 0xee])
  return Buffer.from(target.subarray(1, size + 1)).toString("hex")
}

const ALL =
  "fffc03612f6204677a697000000008016b530000000176020501630172053630303030016d000000006553f1000274790567756573740361707002636c"

test.each([
  ["every property", ALL],
  ["unsorted and repeated headers", "20000000000e 017a 56 0161 56 017a 7401 0162 4200"],
  ["an empty headers table", "200000000000"],
  ["a delivery mode nobody knows", "1000ff"],
  ["no property", "0000"],
  ["text that is not UTF-8", "8000 02 c328"],
])("writes %s byte for byte", (_, text) => {
  expect(rendered(message(hex(text)))).toBe(text.replaceAll(" ", ""))
})

test("writes flags alone for a message without a head", () => {
  expect(rendered(createMessage("amqp091", 0))).toBe("0000")
})

test("leaves the expiration and its flag out once the envelope has no ttl", () => {
  const draft = message(hex(ALL))
  draft.ttlMs = undefined
  expect(rendered(draft)).toBe(ALL.replace("fffc", "fefc").replace("053630303030", ""))
})

test("leaves out an expiration that is all there is", () => {
  const draft = message(hex("0100 0135"))
  draft.ttlMs = undefined
  expect(rendered(draft)).toBe("0000")
})

test("leaves out an expiration without headers before it and with properties behind it", () => {
  const draft = message(hex("8180 0161 0135 016d"))
  draft.ttlMs = undefined
  expect(rendered(draft)).toBe("80800161016d")
})

const [A, B, C, D] = ["01615300000003313131", "01625300000003323232", "01635300000003333333", "01645300000003343434"]
/** Four headers of ten bytes each, then an expiration and a message id. */
const FOUR_HEADERS = `218000000028${A}${B}${C}${D}0135016d`

test("drops headers from the end until the frame holds the rest", () => {
  const draft = message(hex(FOUR_HEADERS))
  const whole = 2 + 4 + 40 + 2 + 2 + 20
  expect(rendered(draft, whole)).toBe(FOUR_HEADERS)
  expect(droppedHeaders(draft, whole)).toBe(0)
  expect(rendered(draft, whole - 1)).toBe(`21800000001e${A}${B}${C}0135016d`)
  expect(droppedHeaders(draft, whole - 1)).toBe(1)
  expect(rendered(draft, whole - 11)).toBe(`218000000014${A}${B}0135016d`)
  expect(droppedHeaders(draft, whole - 11)).toBe(2)
  expect(rendered(draft, 30)).toBe("2180000000000135016d")
  expect(droppedHeaders(draft, 30)).toBe(4)
})

test("makes room for headers by leaving out an expiration first", () => {
  const draft = message(hex(FOUR_HEADERS))
  draft.ttlMs = undefined
  expect(droppedHeaders(draft, 2 + 4 + 40 + 2 + 20)).toBe(0)
  expect(rendered(draft, 2 + 4 + 30 + 2 + 20)).toBe(`20800000001e${A}${B}${C}016d`)
})

test("keeps every frame of the usual size within 131 072 bytes", () => {
  const entry = "0161530000ffff".concat("78".repeat(65_535))
  const draft = message(hex(`2000 ${(2 * (entry.length / 2)).toString(16).padStart(8, "0")}${entry}${entry}`))
  expect(droppedHeaders(draft)).toBe(1)
  expect(renderedBytes(draft) + 20).toBeLessThanOrEqual(MAX_HEADER_FRAME_BYTES)
})

test("writes a header that can be read again, whatever is left out", () => {
  fc.assert(
    fc.property(fc.integer({ min: 30, max: 120 }), fc.boolean(), (maxFrameBytes, hasTtl) => {
      const draft = message(hex(FOUR_HEADERS))
      if (!hasTtl) draft.ttlMs = undefined
      const bytes = hex(rendered(draft, maxFrameBytes))
      expect(bytes.length + 20).toBeLessThanOrEqual(maxFrameBytes)
      expect(message(bytes).ttlMs).toBe(hasTtl ? 5 : undefined)
    }),
    { seed: 1 },
  )
})
