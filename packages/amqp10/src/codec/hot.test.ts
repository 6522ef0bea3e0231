import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { arbitraryComposite } from "../testing/arbitrary-composites.ts"
import { decodeComposite, encodeComposite } from "./codec.ts"
import type { AnyDraft, Composite } from "./composites.ts"
import { readDisposition, readFlow, readTransfer } from "./hot.ts"
import {
  ABSENT,
  createDispositionFields,
  createFlowFields,
  createTransferFields,
  fromDisposition,
  fromFlow,
  fromTransfer,
  type TransferFields,
} from "./hot-fields.ts"
import type { CompositeName } from "./layouts.ts"
import {
  dispositionBytes,
  flowBytes,
  putDisposition,
  putFlow,
  putTransferStart,
  TRANSFER_START_BYTES,
} from "./put-frames.ts"

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

const uint = fc.constantFrom(0, 1, 255, 256, 0xffff_ffff)
const tag = (fields: TransferFields): readonly number[] => [...fields.tagBytes.subarray(fields.tagStart, fields.tagEnd)]

/** The three encodings of lists that the field bytes of a smallest one can be put in. */
function asList32(bytes: Uint8Array): Uint8Array {
  if (bytes[3] !== 0xc0) return bytes
  const [size = 0, count = 0] = [bytes[4], bytes[5]]
  return Uint8Array.of(0, 0x53, bytes[2] ?? 0, 0xd0, 0, 0, 0, size + 3, 0, 0, 0, count, ...bytes.subarray(6))
}

/** What the layouts make of the bytes; undefined where they refuse them. */
function byLayout<Name extends CompositeName>(bytes: Uint8Array, name: Name): Composite<Name> | undefined {
  try {
    return decodeComposite(bytes, 0, bytes.length, [name]).body
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return undefined
  }
}

/** Encodings of arbitrary composites, now and then damaged, and whether they are whole. */
function encodings(name: CompositeName, plainest: fc.Arbitrary<AnyDraft>): fc.Arbitrary<Uint8Array> {
  const whole = fc.tuple(fc.oneof(plainest, arbitraryComposite(name)), fc.boolean()).map(([draft, isWide]) => {
    const bytes = encodeComposite(new ByteWriter(), draft)
    return isWide ? asList32(bytes) : bytes
  })
  const damaged = fc.tuple(whole, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const copy = bytes.slice()
    copy[at % copy.length] = byte
    return copy
  })
  return fc.oneof(whole, damaged)
}

const plainTransfer: fc.Arbitrary<AnyDraft> = fc.record({
  type: fc.constant("transfer" as const),
  handle: uint,
  deliveryId: fc.option(uint, { nil: undefined }),
  deliveryTag: fc.option(fc.uint8Array({ maxLength: 33 }), { nil: undefined }),
  messageFormat: fc.option(uint, { nil: undefined }),
  settled: fc.option(fc.boolean(), { nil: undefined }),
  more: fc.boolean(),
  resume: fc.option(fc.boolean(), { nil: undefined }),
  aborted: fc.option(fc.boolean(), { nil: undefined }),
})

const plainDisposition: fc.Arbitrary<AnyDraft> = fc.record({
  type: fc.constant("disposition" as const),
  role: fc.boolean(),
  first: uint,
  last: fc.option(uint, { nil: undefined }),
  settled: fc.option(fc.boolean(), { nil: undefined }),
  state: fc.constantFrom({ type: "accepted" } as const, { type: "released" } as const, undefined),
})

const plainFlow: fc.Arbitrary<AnyDraft> = fc.record({
  type: fc.constant("flow" as const),
  nextIncomingId: fc.option(uint, { nil: undefined }),
  incomingWindow: uint,
  nextOutgoingId: uint,
  outgoingWindow: uint,
  handle: fc.option(uint, { nil: undefined }),
  deliveryCount: fc.option(uint, { nil: undefined }),
  linkCredit: fc.option(uint, { nil: undefined }),
  drain: fc.boolean(),
})

describe("hot.ts", () => {
  it("reads a transfer as its layout does, or leaves it to the layout", () => {
    let read = 0
    fc.assert(
      fc.property(encodings("transfer", plainTransfer), (bytes) => {
        const hot = createTransferFields()
        if (!readTransfer(bytes, 0, bytes.length, hot)) return
        read++
        const layout = byLayout(bytes, "transfer")
        expect(layout).toBeDefined()
        if (layout === undefined) return
        const expected = createTransferFields()
        fromTransfer(layout, hot.payloadStart, expected)
        expect({ ...hot, tagBytes: 0, tagStart: 0, tagEnd: 0 }).toEqual({
          ...expected,
          tagBytes: 0,
          tagStart: 0,
          tagEnd: 0,
        })
        expect([hot.tagStart === ABSENT, tag(hot)]).toEqual([
          layout.deliveryTag === undefined,
          [...(layout.deliveryTag ?? [])],
        ])
      }),
      { numRuns: 3000, seed: 10 },
    )
    expect(read).toBeGreaterThan(600)
  })

  it("reads a disposition as its layout does, or leaves it to the layout", () => {
    let read = 0
    fc.assert(
      fc.property(encodings("disposition", plainDisposition), (bytes) => {
        const hot = createDispositionFields()
        if (!readDisposition(bytes, 0, bytes.length, hot)) return
        read++
        const layout = byLayout(bytes, "disposition")
        expect(layout).toBeDefined()
        if (layout === undefined) return
        const expected = createDispositionFields()
        fromDisposition(layout, expected)
        const state =
          layout.state === undefined
            ? 0
            : { accepted: 0x24, released: 0x26, rejected: -1, modified: -1, received: -1 }[layout.state.type]
        expect(hot).toEqual({ ...expected, state })
      }),
      { numRuns: 3000, seed: 10 },
    )
    expect(read).toBeGreaterThan(600)
  })

  it("reads a flow as its layout does, or leaves it to the layout", () => {
    let read = 0
    fc.assert(
      fc.property(encodings("flow", plainFlow), (bytes) => {
        const hot = createFlowFields()
        if (!readFlow(bytes, 0, bytes.length, hot)) return
        read++
        const layout = byLayout(bytes, "flow")
        expect(layout).toBeDefined()
        if (layout === undefined) return
        const expected = createFlowFields()
        fromFlow(layout, expected)
        expect(hot).toEqual(expected)
      }),
      { numRuns: 3000, seed: 10 },
    )
    expect(read).toBeGreaterThan(600)
  })

  it.each([
    ["rhea's", "005314 c008 05 43 43 a00130 43 42 005375a000"],
    ["proton's with trailing defaults", "005314 c00f 0b 43 52 05 a00130 43 41 42 40 40 42 42 42 005375a000"],
    ["go-amqp's with a wide list", "005314 d000000011 00000006 43 7000000001 a0020001 43 41 42 005375a000"],
  ])("reads the transfer of %s usual form", (_whose, bytes) => {
    expect(readTransfer(hex(bytes), 0, hex(bytes).length, createTransferFields())).toBe(true)
  })
})

describe("put-frames.ts", () => {
  it("writes transfers that the layout reads", () => {
    fc.assert(
      fc.property(
        fc.nat(65_535),
        fc.nat(255),
        uint,
        fc.boolean(),
        fc.boolean(),
        (channel, handle, deliveryId, settled, more) => {
          const bytes = new Uint8Array(TRANSFER_START_BYTES)
          putTransferStart(bytes, 0, bytes.length, channel, handle, deliveryId, settled, more)
          const tagBytes = Uint8Array.of(deliveryId >>> 24, deliveryId >>> 16, deliveryId >>> 8, deliveryId)
          expect(bytes.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 0, 30, 2, 0, channel >> 8, channel))
          expect(byLayout(bytes.subarray(8), "transfer")).toMatchObject({
            handle,
            deliveryId,
            deliveryTag: tagBytes,
            messageFormat: 0,
            settled,
            more,
          })
        },
      ),
      { numRuns: 100, seed: 10 },
    )
  })

  it("writes dispositions that the layout reads", () => {
    fc.assert(
      fc.property(fc.boolean(), uint, uint, fc.boolean(), (role, first, last, settled) => {
        const state = hex("00532445")
        const bytes = new Uint8Array(dispositionBytes(state.length))
        putDisposition(bytes, 0, 1, role, first, last, settled, state)
        expect(bytes.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 0, 30, 2, 0, 0, 1))
        expect(byLayout(bytes.subarray(8), "disposition")).toMatchObject({
          role,
          first,
          last,
          settled,
          state: { type: "accepted" },
        })
      }),
      { numRuns: 100, seed: 10 },
    )
  })

  it("writes dispositions with errors of every length", () => {
    for (const length of [0, 150, 215, 216, 217, 218, 219, 220, 221, 222, 223, 224, 300, 700]) {
      const error = { type: "error", condition: "amqp:internal-error", description: "d".repeat(length) } as const
      const state = encodeComposite(new ByteWriter(), { type: "rejected", error })
      const bytes = new Uint8Array(dispositionBytes(state.length))
      putDisposition(bytes, 0, 1, true, 7, 9, true, state)
      expect(Buffer.from(bytes).readUInt32BE()).toBe(bytes.length)
      expect(byLayout(bytes.subarray(8), "disposition")).toMatchObject({
        first: 7,
        last: 9,
        settled: true,
        state: { type: "rejected", error },
      })
    }
  })

  it("writes flows that the layout reads, absent fields included", () => {
    fc.assert(
      fc.property(plainFlow, (draft) => {
        if (draft.type !== "flow") return
        const encoded = encodeComposite(new ByteWriter(), draft)
        const fields = createFlowFields()
        fromFlow(decodeComposite(encoded, 0, encoded.length, ["flow"]).body, fields)
        const bytes = new Uint8Array(flowBytes(fields))
        putFlow(bytes, 0, 3, fields)
        expect(bytes.subarray(0, 8)).toEqual(Uint8Array.of(0, 0, 0, bytes.length, 2, 0, 0, 3))
        const back = createFlowFields()
        fromFlow(decodeComposite(bytes, 8, bytes.length, ["flow"]).body, back)
        expect(back).toEqual(fields)
      }),
      { numRuns: 200, seed: 10 },
    )
  })
})
