import { DecodeError } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { bodyOffset, frameFraming, isProtocolHeader } from "./framing.ts"

describe("frameFraming", () => {
  it("waits for the four octets of the size", () => {
    expect(frameFraming.frameBytes(Uint8Array.of(0, 0, 0), 0, 3)).toBe(0)
    expect(frameFraming.frameBytes(Uint8Array.of(0, 0, 1, 2), 0, 4)).toBe(258)
  })

  it("takes a protocol header for a frame of eight octets", () => {
    const header = new TextEncoder().encode("AMQP\0\u0001\0\0")
    expect(frameFraming.frameBytes(header, 0, 8)).toBe(8)
    expect(isProtocolHeader(header, 0)).toBe(true)
  })

  it.each([0, 1, 7])("refuses a frame of %i octets, smaller than its header", (size) => {
    expect(() => frameFraming.frameBytes(Uint8Array.of(0, 0, 0, size), 0, 4)).toThrow(DecodeError)
  })
})

describe("bodyOffset", () => {
  it("passes over an extended header", () => {
    expect(bodyOffset(Uint8Array.of(0, 0, 0, 16, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8), 0, 16)).toBe(12)
  })

  it.each([0, 1, 5])("refuses a data offset of %i words in a frame of four", (words) => {
    const frame = Uint8Array.of(0, 0, 0, 16, words, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    expect(() => bodyOffset(frame, 0, 16)).toThrow(DecodeError)
  })
})
