import fc from "fast-check"
import { expect, test } from "vitest"
import { hasWildcard, isMqttText } from "./text.ts"

function judge(bytes: Uint8Array): boolean {
  return isMqttText(bytes, 0, bytes.length)
}

test("finds U+0000 and ill-formed bytes wherever they are (1.5.4)", () => {
  for (let length = 1; length <= 9; length++) {
    for (let at = 0; at < length; at++) {
      for (const [byte, expected] of [
        [0x00, false],
        [0x01, true],
        [0x7f, true],
        [0x80, false],
        [0xff, false],
      ] as const) {
        const bytes = new Uint8Array(length).fill(0x61)
        bytes[at] = byte
        expect(judge(bytes)).toBe(expected)
      }
    }
  }
})

test("accepts any text without U+0000 and refuses it with one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const bytes = new TextEncoder().encode(text)
      expect(judge(bytes)).toBe(!text.includes("\0"))
      expect(judge(Uint8Array.from([...bytes, 0]))).toBe(false)
    }),
    { seed: 1 },
  )
})

test("judges only its range", () => {
  expect(isMqttText(Uint8Array.of(0, 0x61, 0xff), 1, 2)).toBe(true)
  expect(hasWildcard(Uint8Array.of(0x2b, 0x61, 0x23), 1, 2)).toBe(false)
  expect(hasWildcard(Uint8Array.of(0x2b, 0x61, 0x23), 1, 3)).toBe(true)
  expect(hasWildcard(Uint8Array.of(0x2b, 0x61, 0x23), 0, 2)).toBe(true)
})
