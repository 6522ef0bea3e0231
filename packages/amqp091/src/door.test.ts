import { describe, expect, it } from "vitest"
import { createAmqp091Door } from "./door.ts"

const door = createAmqp091Door({ converters: { convert: (message) => message } })

function header(...octets: readonly number[]): Uint8Array {
  return Uint8Array.of(0x41, 0x4d, 0x51, 0x50, ...octets)
}

describe("the door of AMQP 0.9.1", () => {
  it.each([
    ["its own header", header(0, 0, 9, 1), "yes"],
    ["an older version, to be answered with this one", header(1, 1, 0, 9), "yes"],
    ["AMQP 1.0", header(0, 1, 0, 0), "no"],
    ["AMQP 1.0 with SASL", header(3, 1, 0, 0), "no"],
    ["another protocol", Uint8Array.of(0x10, 0x0c), "no"],
    ["nothing yet", new Uint8Array(0), "need-more"],
    ["a beginning", Uint8Array.of(0x41, 0x4d), "need-more"],
    ["a header without its version", header(0, 0, 9), "need-more"],
  ] as const)("judges %s", (_what, first, expected) => {
    expect(door.recognises(first)).toBe(expected)
  })
})
