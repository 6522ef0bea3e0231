import fc from "fast-check"
import { expect, test } from "vitest"
import { createMessage, type Message, type MessageDraft } from "../message.ts"
import { render, renderedBytes } from "./render.ts"
import { validateProperties } from "./validate.ts"

function message(text: string): MessageDraft {
  const bytes = Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
  const draft = createMessage("mqtt", 0)
  validateProperties(bytes, 0, bytes.length, draft)
  return draft
}

/** What `render` writes, checked against the announced size and for writes outside of it. */
function rendered(draft: Message, remainingSeconds: number | undefined, identifiers: readonly number[]): string {
  const size = renderedBytes(draft, identifiers)
  const target = new Uint8Array(size + 2).fill(0xee)
  expect(render(draft, remainingSeconds, identifiers, target, 1)).toBe(size + 1)
  expect([target[0], target[size + 1]]).toEqual([0xee, 0xee])
  return Buffer.from(target.subarray(1, size + 1)).toString("hex")
}

const PROPERTIES = "0101 0200000258 03000a746578742f706c61696e 2600016b000176 26000162000131 2600016b000176"
const BYTES = PROPERTIES.replaceAll(" ", "")

test("writes a length of 0 for a message without properties", () => {
  expect(rendered(createMessage("mqtt", 0), undefined, [])).toBe("00")
})

test("writes the properties byte for byte behind their length", () => {
  expect(rendered(message(PROPERTIES), undefined, [])).toBe(`29${BYTES}`)
})

test("replaces the message expiry interval by the remaining seconds (3.3.2.3.3)", () => {
  expect(rendered(message(PROPERTIES), 0x0102_0304, [])).toBe(`29${BYTES.replace("00000258", "01020304")}`)
  expect(rendered(message(PROPERTIES), 0, [])).toBe(`29${BYTES.replace("00000258", "00000000")}`)
})

test("leaves the message expiry interval out once the envelope has no ttl", () => {
  const draft = message(PROPERTIES)
  draft.ttlMs = undefined
  expect(rendered(draft, undefined, [])).toBe(`24${BYTES.replace("0200000258", "")}`)
  expect(rendered(draft, 5, [])).toBe(`24${BYTES.replace("0200000258", "")}`)
})

test("writes no message expiry interval that the publisher did not send", () => {
  expect(rendered(message("0101"), 60, [])).toBe("020101")
})

test("appends subscription identifiers", () => {
  expect(rendered(message("0101"), undefined, [1, 128])).toBe("0701010b010b8001")
  expect(rendered(createMessage("mqtt", 0), undefined, [268_435_455])).toBe("050bffffff7f")
})

test("leaves the message's own bytes alone", () => {
  const draft = message(PROPERTIES)
  rendered(draft, 7, [1])
  expect(Buffer.from(draft.head).toString("hex")).toBe(BYTES)
})

test("writes a length of two bytes when it needs one", () => {
  const value = "78".repeat(130)
  expect(rendered(message(`03 0082 ${value}`), undefined, [])).toBe(`8501030082${value}`)
})

test("keeps the order of all other properties, wherever the message expiry interval is", () => {
  const others = ["0101", "03000161", "0800026162", "09000100", "2600016b000176", "2600016b000177"]
  fc.assert(
    fc.property(fc.shuffledSubarray(others), fc.nat(6), fc.boolean(), (chosen, place, hasTtl) => {
      const before = chosen.slice(0, place).join("")
      const behind = chosen.slice(place).join("")
      const draft = message(`${before}0200000009${behind}`)
      if (!hasTtl) draft.ttlMs = undefined
      const expected = `${before}${hasTtl ? "0200000003" : ""}${behind}`
      expect(rendered(draft, 3, []).slice(2)).toBe(expected)
    }),
    { seed: 1 },
  )
})
