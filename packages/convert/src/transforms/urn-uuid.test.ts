import { encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { holds, octets, transformed } from "../testing/slot.ts"
import { isUrnUuid, urnOf, urnToUuid, uuidToUrn } from "./urn-uuid.ts"

const HEX = "0123456789abcdef0123456789abcdef"
const URN = "urn:uuid:01234567-89ab-cdef-0123-456789abcdef"

describe("a UUID and its text", () => {
  it("are each other's", () => {
    expect(transformed(uuidToUrn, octets(`98 ${HEX}`))).toEqual(["converted", Buffer.from(URN).toString("hex")])
    expect(transformed(urnToUuid, encodeUtf8(URN))).toEqual(["converted", `98${HEX}`])
    expect(urnOf(octets(HEX))).toBe(URN)
  })

  it("stay what they are there and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (uuid) => {
        const text = encodeUtf8(urnOf(uuid))
        expect(holds(isUrnUuid, text)).toBe(true)
        expect(transformed(urnToUuid, text)[1]).toBe(`98${Buffer.from(uuid).toString("hex")}`)
      }),
    )
  })
})

describe("isUrnUuid", () => {
  it.each([URN, URN.replace("89ab-cdef", "89AB-CdEf")])("accepts %s", (text) => {
    expect(holds(isUrnUuid, encodeUtf8(text))).toBe(true)
  })

  it("asks for every character", () => {
    for (let at = 0; at < URN.length; at++) {
      for (const character of ["-", "g", ":", "\0"]) {
        if (URN[at] === character) continue
        expect(holds(isUrnUuid, encodeUtf8(URN.slice(0, at) + character + URN.slice(at + 1)))).toBe(false)
      }
    }
  })

  it.each(["", "urn:uuid:", URN.slice(9), URN.slice(0, -1), `${URN}0`])("refuses %j", (text) => {
    expect(holds(isUrnUuid, encodeUtf8(text))).toBe(false)
  })
})
