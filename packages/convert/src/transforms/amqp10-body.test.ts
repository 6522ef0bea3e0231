import { amqp10Format, FieldIndex, Slot } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { Output } from "../output.ts"
import type { Transform } from "../table.ts"
import { CONTEXT, octets } from "../testing/slot.ts"
import { encodedBody, encodedBodyAndFooter, joinedData } from "./amqp10-body.ts"

const BODIES = ["data", "amqp-value"]

/** What a transform makes of the body of a message, and whether it shares the message's bytes. */
function resultOf(transform: Transform, hex: string): readonly [hex: string, isShared: boolean] {
  const { message } = amqp10Format.published(octets(hex), 0)
  const index = new FieldIndex()
  amqp10Format.scan(message, index)
  const slot = index.list().find(({ field }) => BODIES.includes(amqp10Format.fields[field]?.name ?? ""))
  const output = new Output()
  output.begin()
  transform.apply(slot ?? new Slot(), output, { ...CONTEXT, message })
  const { bytes, start, end } = output.finish()
  return [Buffer.from(bytes.subarray(start, end)).toString("hex"), bytes === message.body]
}

const PROPERTIES = "00 53 73 c0 04 01 a1 01 6d"
const FOOTER = "00 53 78 c1 01 00"

describe("encodedBody", () => {
  it("is all body sections and nothing else, shared", () => {
    expect(resultOf(encodedBody, `${PROPERTIES} 00 53 77 54 05 ${FOOTER}`)).toEqual(["0053775405", true])
    expect(resultOf(encodedBody, "00 53 75 a0 01 61 00 53 75 a0 00")).toEqual(["005375a00161005375a000", true])
  })
})

describe("encodedBodyAndFooter", () => {
  it("is all body sections and the footer, shared", () => {
    const expected = ["0053775405005378c10100", true]
    expect(resultOf(encodedBodyAndFooter, `${PROPERTIES} 00 53 77 54 05 ${FOOTER}`)).toEqual(expected)
  })
})

describe("joinedData", () => {
  it("is the contents of sections, whatever their descriptors and sizes", () => {
    const symbolic = `00 a3 10 ${Buffer.from("amqp:data:binary").toString("hex")} b0 00 00 00 02 63 64`
    const wide = "00 80 00 00 00 00 00 00 00 75 a0 01 62"
    expect(resultOf(joinedData, `00 53 75 a0 01 61 ${wide} ${symbolic} 00 53 75 a0 00 ${FOOTER}`)).toEqual([
      "61626364",
      false,
    ])
  })
})
