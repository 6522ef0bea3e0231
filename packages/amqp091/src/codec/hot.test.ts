import { ByteWriter } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodeMethod, encodeMethod } from "./codec.ts"
import {
  ACK,
  CONFIRM_FRAME_BYTES,
  checkSettlement,
  decodePublish,
  deliverBytes,
  NACK,
  type PublishArguments,
  putConfirm,
  putDeliver,
  settlementBits,
  settlementTag,
} from "./hot.ts"
import { encodeShortstr, LastRoute } from "./short-strings.ts"

const shortstr = fc.string({ unit: "binary", maxLength: 60 })

function publishArguments(): PublishArguments {
  return { exchangeStart: 0, exchangeEnd: 0, keyStart: 0, keyEnd: 0, mandatory: false, immediate: false }
}

function outcomeOf(decode: () => unknown): unknown {
  try {
    return decode()
  } catch (error) {
    return (error as { readonly code: unknown }).code
  }
}

function publishByHand(bytes: Buffer, start: number, end: number) {
  const into = publishArguments()
  decodePublish(bytes, start, end, into)
  return {
    exchange: bytes.toString("utf8", into.exchangeStart, into.exchangeEnd),
    routingKey: bytes.toString("utf8", into.keyStart, into.keyEnd),
    mandatory: into.mandatory,
    immediate: into.immediate,
  }
}

describe("methods decoded and encoded by hand", () => {
  it("reads basic.publish as its layout does, whole or cut short or longer", () => {
    fc.assert(
      fc.property(shortstr, shortstr, fc.boolean(), fc.boolean(), fc.integer({ min: -5, max: 2 }), (...drawn) => {
        const [exchange, routingKey, mandatory, immediate, change] = drawn
        const writer = new ByteWriter()
        encodeMethod(writer, "basic.publish", { exchange, routingKey, mandatory, immediate })
        const bytes = Buffer.concat([writer.take(), Buffer.alloc(2)])
        const end = bytes.length - 2 + change
        const byLayout = outcomeOf(() => decodeMethod("basic.publish", bytes, 4, end).arguments)
        const byHand = outcomeOf(() => publishByHand(bytes, 4, end))
        expect(byHand).toEqual(byLayout)
      }),
      { numRuns: 500, seed: 1 },
    )
  })

  it("refuses random bytes as basic.publish exactly when the layout does", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (random) => {
        // Below 0x80, so that the layout finds no ill-formed UTF-8: the hand-written decoder does not look at text.
        const bytes = Buffer.from(random.map((octet) => octet & 0x0f))
        const byLayout = outcomeOf(() => decodeMethod("basic.publish", bytes, 0, bytes.length).arguments)
        const byHand = outcomeOf(() => publishByHand(bytes, 0, bytes.length))
        expect(byHand).toEqual(byLayout)
      }),
      { numRuns: 1000, seed: 2 },
    )
  })

  it("reads basic.ack and basic.nack as their layouts do", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.boolean(), fc.boolean(), (deliveryTag, multiple, requeue) => {
        const writer = new ByteWriter()
        encodeMethod(writer, "basic.nack", { deliveryTag, multiple, requeue })
        const bytes = writer.take()
        checkSettlement(4, bytes.length)
        expect(settlementTag(bytes, 4)).toBe(deliveryTag)
        expect(settlementBits(bytes, 4)).toBe((multiple ? 1 : 0) + (requeue ? 2 : 0))
      }),
      { numRuns: 200, seed: 3 },
    )
  })

  it("refuses an acknowledgement of another length", () => {
    expect(() => checkSettlement(4, 12)).toThrow(expect.objectContaining({ code: "TRUNCATED" }))
    expect(() => checkSettlement(4, 14)).toThrow(expect.objectContaining({ code: "MALFORMED" }))
  })

  it("writes basic.deliver as its layout does", () => {
    fc.assert(
      fc.property(shortstr, fc.maxSafeNat(), fc.boolean(), shortstr, shortstr, (...drawn) => {
        const [consumerTag, deliveryTag, redelivered, exchange, routingKey] = drawn
        const writer = new ByteWriter()
        encodeMethod(writer, "basic.deliver", { consumerTag, deliveryTag, redelivered, exchange, routingKey })
        const tag = encodeShortstr(consumerTag)
        const route = new LastRoute().encode(exchange, routingKey)
        const bytes = new Uint8Array(deliverBytes(tag, route))
        expect(putDeliver(bytes, 0, tag, deliveryTag, redelivered, route)).toBe(bytes.length)
        expect(bytes).toEqual(new Uint8Array(writer.view()))
      }),
      { numRuns: 300, seed: 4 },
    )
  })

  it("writes basic.ack and basic.nack frames as their layouts do", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), fc.maxSafeNat(), fc.boolean(), fc.boolean(), (...drawn) => {
        const [channel, deliveryTag, multiple, isAck] = drawn
        const writer = new ByteWriter()
        if (isAck) encodeMethod(writer, "basic.ack", { deliveryTag, multiple })
        else encodeMethod(writer, "basic.nack", { deliveryTag, multiple, requeue: false })
        const bytes = Buffer.alloc(CONFIRM_FRAME_BYTES)
        putConfirm(bytes, 0, channel, isAck ? ACK : NACK, deliveryTag, multiple)
        const head = Buffer.from([1, channel >> 8, channel & 0xff, 0, 0, 0, writer.at])
        expect(bytes).toEqual(Buffer.concat([head, writer.view(), Uint8Array.of(0xce)]))
      }),
      { numRuns: 300, seed: 5 },
    )
  })
})
