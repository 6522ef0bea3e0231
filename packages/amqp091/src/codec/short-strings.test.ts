import { describe, expect, it } from "vitest"
import { cutToFit, encodeShortstr, LastRoute, LastShortstr } from "./short-strings.ts"

describe("short strings", () => {
  it("are cut at a character when they do not fit", () => {
    const text = "é".repeat(130)
    expect(encodeShortstr(text)).toEqual(new Uint8Array([254, ...Buffer.from("é".repeat(127))]))
    expect(cutToFit(`a${"🐰".repeat(64)}`)).toBe(`a${"🐰".repeat(63)}`)
  })

  it("are kept whole at 255 bytes", () => {
    expect(cutToFit("a".repeat(255))).toBe("a".repeat(255))
    expect(encodeShortstr("a".repeat(255))[0]).toBe(255)
  })
})

describe("the last short string", () => {
  it("follows every change of the bytes", () => {
    const last = new LastShortstr()
    const texts = ["", "key", "key", "kay", "k", "a longer key", "key", ""]
    for (const text of texts) {
      const bytes = Buffer.from(`xx${text}yy`)
      expect(last.decode(bytes, 2, bytes.length - 2)).toBe(text)
    }
  })

  it("keeps its own copy of the bytes", () => {
    const last = new LastShortstr()
    const bytes = Buffer.from("key")
    last.decode(bytes, 0, 3)
    bytes.write("KEY")
    expect(last.decode(bytes, 0, 3)).toBe("KEY")
  })

  it("refuses what is not UTF-8 and keeps the text before it", () => {
    const last = new LastShortstr()
    last.decode(Buffer.from("ok"), 0, 2)
    expect(() => last.decode(Uint8Array.of(0xc3), 0, 1)).toThrow(expect.objectContaining({ code: "INVALID_UTF8" }))
    expect(last.decode(Buffer.from("ok"), 0, 2)).toBe("ok")
  })
})

describe("the last route", () => {
  it("encodes exchange and routing key as two short strings", () => {
    const route = new LastRoute()
    expect(route.encode("", "")).toEqual(Uint8Array.of(0, 0))
    expect(route.encode("x", "ab")).toEqual(Uint8Array.of(1, 0x78, 2, 0x61, 0x62))
    expect(route.encode("", "x")).toEqual(Uint8Array.of(0, 1, 0x78))
  })

  it("gives the same bytes for the same route", () => {
    const route = new LastRoute()
    expect(route.encode("x", "k")).toBe(route.encode("x", "k"))
  })
})
