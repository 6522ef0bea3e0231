import { amqp091Format } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import { amqp091ToText } from "./amqp091-text.ts"

function textOf(type: string, hex: string): readonly string[] {
  const number = amqp091Format.types.findIndex((spec) => spec.name === type)
  const [outcome = "", text = ""] = transformed(amqp091ToText, octets(hex), number)
  return [outcome, outcome === "lost" ? text : Buffer.from(text, "hex").toString()]
}

describe("amqp091ToText", () => {
  it.each([
    ["bool", "01", "true"],
    ["byte", "ff", "-1"],
    ["unsignedbyte", "ff", "255"],
    ["short", "ff fe", "-2"],
    ["unsignedshort", "ff fe", "65534"],
    ["signedint", "ff ff ff fd", "-3"],
    ["unsignedint", "ff ff ff fd", "4294967293"],
    ["long", "ff ff ff ff ff ff ff fc", "-4"],
    ["float", "3d cc cc cd", "0.1"],
    ["double", "3f d5 55 55 55 55 55 55", "0.3333333333333333"],
    ["decimal", "01 00 00 00 0f", "1.5"],
    ["timestamp", "00 00 00 00 65 53 f1 00", "1700000000"],
    ["void", "", ""],
  ])("writes a %s", (type, hex, text) => {
    expect(textOf(type, hex)).toEqual(["converted", text])
  })

  it.each(["array", "table", "binary"])("has no text for a %s", (type) => {
    expect(textOf(type, "")).toEqual(["lost", "no-text"])
  })
})
