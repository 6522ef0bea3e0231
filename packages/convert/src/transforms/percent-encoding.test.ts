import { ByteWriter, encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { percentDecoded, putPercentEncoded } from "./percent-encoding.ts"

function encoded(bytes: Uint8Array): string {
  const writer = new ByteWriter()
  putPercentEncoded(writer, bytes, 0, bytes.length)
  return Buffer.from(writer.view()).toString()
}

function decoded(text: string): string | undefined {
  const bytes = encodeUtf8(text)
  return percentDecoded(bytes, 0, bytes.length)?.toString()
}

describe("percent-encoding", () => {
  it.each([
    ["Az09-._~", "Az09-._~"],
    ["a b/c", "a%20b%2Fc"],
    ["é*$+#%", "%C3%A9%2A%24%2B%23%25"],
    ["", ""],
  ])("writes %s as %s", (text, expected) => {
    expect(encoded(encodeUtf8(text))).toBe(expected)
    expect(decoded(expected)).toBe(text)
  })

  it.each(["a/b", "%", "%2", "%zz", "%2/"])("finds no segment in %s", (text) => {
    expect(decoded(text)).toBeUndefined()
  })

  it("reads digits in lower case and octets that need no escape", () => {
    expect(decoded("a%2fb é")).toBe("a/b é")
  })

  it("is undone for any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = encodeUtf8(encoded(bytes))
        expect(percentDecoded(text, 0, text.length)?.equals(bytes)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
