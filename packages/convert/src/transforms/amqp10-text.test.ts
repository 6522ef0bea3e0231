import { amqp10Format } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import { amqp10ToText } from "./amqp10-text.ts"

/** A value as it lies in a slot: with its format code where its type is "encoded". */
function textOf(type: string, hex: string): readonly string[] {
  const number = amqp10Format.types.findIndex((spec) => spec.name === type)
  const [outcome = "", text = ""] = transformed(amqp10ToText, octets(hex), number)
  return [outcome, outcome === "lost" ? text : Buffer.from(text, "hex").toString()]
}

describe("amqp10ToText", () => {
  it.each([
    ["null", "", ""],
    ["boolean", "01", "true"],
    ["ubyte", "ff", "255"],
    ["ushort", "ff fe", "65534"],
    ["uint", "", "0"],
    ["uint", "ff", "255"],
    ["ulong", "ff ff ff ff ff ff ff ff", "18446744073709551615"],
    ["byte", "ff", "-1"],
    ["short", "ff fe", "-2"],
    ["int", "80", "-128"],
    ["int", "80 00 00 00", "-2147483648"],
    ["long", "ff", "-1"],
    ["long", "80 00 00 00 00 00 00 00", "-9223372036854775808"],
    ["float", "3d cc cc cd", "0.1"],
    ["double", "ff f0 00 00 00 00 00 00", "-Infinity"],
    ["timestamp", "ff ff ff ff ff ff ff ff", "-1"],
    ["string", "c3 a9", "é"],
    ["symbol", "61", "a"],
    ["char", "73 00 01 f6 00", "😀"],
    ["decimal64", "84 31 a0 00 00 00 00 00 0f", "1.5"],
    ["decimal128", "94 30 40 00 00 00 00 00 00 00 00 00 00 00 00 00 01", "1"],
    ["uuid", "98 00112233445566778899aabbccddeeff", "urn:uuid:00112233-4455-6677-8899-aabbccddeeff"],
    ["described", "00 53 01 00 a3 01 64 54 ff", "-1"],
  ])("writes a %s: %s", (type, hex, text) => {
    expect(textOf(type, hex)).toEqual(["converted", text])
  })

  it.each([
    ["binary", "61"],
    ["list", "45"],
    ["map", "c1 01 00"],
    ["array", "e0 03 01 50 01"],
    ["described", "00 53 01 45"],
    ["char", "73 00 00 df ff"],
    ["string", "ff"],
  ])("has no text for a %s: %s", (type, hex) => {
    expect(textOf(type, hex)).toEqual(["lost", "no-text"])
  })
})
