import { ByteWriter, readUint32 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeMethod, encodeMethod, isFromClient, methodId, methodName } from "./codec.ts"
import { type ArgumentType, LAYOUTS } from "./layouts.ts"
import type { ArgumentsOf, MethodName } from "./methods.ts"

const NAMES = Object.keys(LAYOUTS) as MethodName[]

function encoded<Name extends MethodName>(name: Name, methodArguments: ArgumentsOf<Name>): string {
  const writer = new ByteWriter()
  encodeMethod(writer, name, methodArguments)
  return Buffer.from(writer.view()).toString("hex")
}

function decoded(hex: string) {
  const bytes = new Uint8Array(Buffer.from(hex, "hex"))
  const name = methodName(readUint32(bytes, 0))
  if (name === undefined) throw new Error("unknown method")
  return decodeMethod(name, bytes, 4, bytes.length)
}

const VALUES: Readonly<Record<ArgumentType, fc.Arbitrary<unknown> | undefined>> = {
  bit: fc.boolean(),
  octet: fc.integer({ min: 0, max: 255 }),
  short: fc.integer({ min: 0, max: 65_535 }),
  long: fc.integer({ min: 0, max: 0xffff_ffff }),
  longlong: fc.maxSafeNat(),
  shortstr: fc.string({ unit: "binary", maxLength: 60 }),
  longstr: fc.uint8Array(),
  table: fc
    .array(fc.tuple(fc.string({ maxLength: 10 }), fc.oneof(fc.boolean(), fc.integer(), fc.string(), fc.constant(null))))
    .map((entries) => new Map(entries)),
  "reserved bit": undefined,
  "reserved short": undefined,
  "reserved shortstr": undefined,
  "reserved longstr": undefined,
}

/** Any method with arguments of its layout. */
const anyMethod = fc.constantFrom(...NAMES).chain((name) => {
  const model: Record<string, fc.Arbitrary<unknown>> = {}
  for (const [argument, type] of Object.entries<ArgumentType>(LAYOUTS[name].arguments)) {
    const values = VALUES[type]
    if (values !== undefined) model[argument] = values
  }
  return fc.record({ name: fc.constant(name), arguments: fc.record(model, { noNullPrototype: true }) })
})

describe("methods", () => {
  it.each([
    [
      "connection.tune",
      { channelMax: 2047, frameMax: 131_072, heartbeat: 60 },
      "000a001e" + "07ff" + "00020000" + "003c",
    ],
    ["connection.open", { virtualHost: "/" }, "000a0028" + "012f" + "00" + "00"],
    ["channel.open-ok", {}, "0014000b" + "00000000"],
    [
      "queue.declare",
      {
        queue: "q",
        passive: false,
        durable: true,
        exclusive: false,
        autoDelete: true,
        noWait: false,
        arguments: new Map([["x-queue-type", "classic"]]),
      },
      "0032000a" + "0000" + "0171" + "0a" + "00000019" + "0c782d71756575652d74797065" + "5300000007636c6173736963",
    ],
    [
      "basic.deliver",
      { consumerTag: "c", deliveryTag: 258, redelivered: true, exchange: "", routingKey: "q" },
      "003c003c" + "0163" + "0000000000000102" + "01" + "00" + "0171",
    ],
    ["basic.nack", { deliveryTag: 1, multiple: false, requeue: true }, "003c0078" + "0000000000000001" + "02"],
    [
      "channel.close",
      { replyCode: 404, replyText: "NOT_FOUND", classId: 50, methodId: 10 },
      "00140028" + "0194" + "094e4f545f464f554e44" + "0032" + "000a",
    ],
  ] as const)("writes and reads %s as the specification has it", (name, methodArguments, hex) => {
    expect(encoded(name, methodArguments as never)).toBe(hex)
    expect(decoded(hex)).toEqual({ name, arguments: methodArguments })
  })

  it("reads what it has written", () => {
    fc.assert(
      fc.property(anyMethod, (method) => {
        const hex = encoded(method.name, method.arguments as never)
        expect(decoded(hex)).toEqual(method)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it("refuses every method that is cut short, and every one that goes on", () => {
    fc.assert(
      fc.property(anyMethod, fc.nat(), ({ name, arguments: values }, cut) => {
        const whole = Buffer.from(encoded(name, values as never), "hex")
        const longer = Buffer.concat([whole, Uint8Array.of(0)])
        expect(() => decodeMethod(name, longer, 4, longer.length)).toThrow()
        if (whole.length === 4) return
        const end = 4 + (cut % (whole.length - 4))
        expect(() => decodeMethod(name, whole, 4, end)).toThrow(expect.objectContaining({ code: "TRUNCATED" }))
      }),
      { numRuns: 300, seed: 2 },
    )
  })

  it("raises nothing but decode errors for mutated methods", () => {
    fc.assert(
      fc.property(
        anyMethod,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        ({ name, arguments: values }, place, octet) => {
          const bytes = Buffer.from(encoded(name, values as never), "hex")
          bytes[4 + (place % Math.max(1, bytes.length - 4))] = octet
          try {
            decodeMethod(name, bytes, 4, bytes.length)
          } catch (error) {
            expect(error).toMatchObject({ name: "DecodeError" })
          }
        },
      ),
      { numRuns: 500, seed: 3 },
    )
  })

  it("refuses a short string that is not UTF-8", () => {
    expect(() => decoded("003c0015" + "01ff")).toThrow(expect.objectContaining({ code: "INVALID_UTF8" }))
  })

  it("refuses to write a short string above 255 bytes", () => {
    expect(() => encoded("basic.cancel-ok", { consumerTag: "é".repeat(128) })).toThrow(RangeError)
  })

  it("gives no two methods the same number", () => {
    expect(new Set(NAMES.map(methodId)).size).toBe(NAMES.length)
  })

  it("tells what a client may send", () => {
    expect(isFromClient("basic.publish")).toBe(true)
    expect(isFromClient("channel.close")).toBe(true)
    expect(isFromClient("basic.deliver")).toBe(false)
  })
})
