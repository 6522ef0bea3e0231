import { describe, expect, it } from "vitest"
import { packetFraming } from "./framing.ts"

const sizeOf = (...bytes: readonly number[]): number =>
  packetFraming.frameBytes(Uint8Array.from(bytes), 0, bytes.length)

describe("the size of a packet", () => {
  it("is its fixed header and its remaining length (2.1.4)", () => {
    expect(sizeOf(0xc0, 0)).toBe(2)
    expect(sizeOf(0x30, 0x7f)).toBe(129)
    expect(sizeOf(0x30, 0x80, 0x01)).toBe(131)
    expect(sizeOf(0x30, 0xff, 0x7f)).toBe(16_386)
    expect(sizeOf(0x30, 0x80, 0x80, 0x01)).toBe(16_388)
    expect(sizeOf(0x30, 0xff, 0xff, 0xff, 0x7f)).toBe(268_435_460)
  })

  it("is not known before its last byte is there", () => {
    for (const bytes of [[], [0x30], [0x30, 0x80], [0x30, 0x80, 0x80], [0x30, 0xff, 0xff, 0xff]])
      expect(sizeOf(...bytes)).toBe(0)
  })

  it.each([
    [[0x30, 0xff, 0xff, 0xff, 0xff]],
    [[0x30, 0x80, 0x80, 0x80, 0x80, 0x01]],
    [[0x30, 0x80, 0x00]],
    [[0x30, 0xff, 0x80, 0x00]],
  ])("is malformed as %j: more than four bytes, or padded [MQTT-1.5.5-1]", (bytes) => {
    expect(() => sizeOf(...bytes)).toThrow(expect.objectContaining({ code: "MALFORMED" }))
  })
})
