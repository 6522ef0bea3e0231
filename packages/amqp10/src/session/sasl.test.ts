import { describe, expect, it } from "vitest"
import { readPlain } from "./sasl.ts"

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

describe("readPlain", () => {
  it("reads user name and password, with or without an authorization identity", () => {
    expect(readPlain(bytes("\0guest\0pass word"))).toEqual({ username: "guest", password: "pass word" })
    expect(readPlain(bytes("admin\0gäst\0"))).toEqual({ username: "gäst", password: "" })
  })

  it.each(["", "guest", "\0guest", "\0guest\0pass\0more"])("refuses %j", (text) => {
    expect(readPlain(bytes(text))).toBeUndefined()
  })

  it("refuses what is not UTF-8", () => {
    expect(readPlain(Uint8Array.of(0, 0xff, 0, 0x61))).toBeUndefined()
  })
})
