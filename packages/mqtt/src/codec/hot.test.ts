import { Buffer } from "node:buffer"
import { ByteWriter } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ProtocolLevel } from "./constants.ts"
import { decodePacket } from "./decode-packet.ts"
import { encodePacket } from "./encode-packet.ts"
import {
  acknowledgementBytes,
  aliasGrowth,
  createPublishRanges,
  NEEDS_LAYOUT,
  putAcknowledgement,
  putPublishStart,
  putTopicAlias,
  readAcknowledgement,
  readPublish,
} from "./hot.ts"
import type { Packet, PacketOf } from "./packets.ts"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex")
const level = fc.constantFrom<ProtocolLevel>(3, 4, 5)
const topic = fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" }).filter((text) => !text.includes("\0"))
const qos = fc.constantFrom(0, 1, 2)

const anyPublish = fc
  .record({
    level,
    topic,
    qos,
    retain: fc.boolean(),
    dup: fc.boolean(),
    packetId: fc.integer({ min: 1, max: 65_535 }),
    payload: fc.uint8Array({ maxLength: 300 }),
    contentType: fc.option(fc.string({ maxLength: 200 }).filter((text) => !text.includes("\0"))),
  })
  .map((choice) => {
    const { contentType } = choice
    const properties = choice.level === 5 && contentType !== null ? { "content-type": contentType } : {}
    const packet: PacketOf<"publish"> = {
      type: "publish",
      flags: (choice.qos << 1) | (choice.retain ? 1 : 0) | (choice.dup && choice.qos > 0 ? 8 : 0),
      topicName: choice.topic,
      packetId: choice.qos === 0 ? undefined : choice.packetId,
      properties,
      payload: choice.payload,
    }
    return { level: choice.level, packet }
  })

describe("a PUBLISH read by hand", () => {
  it("has the parts that the layout finds", () => {
    fc.assert(
      fc.property(anyPublish, ({ level, packet }) => {
        const bytes = encodePacket(new ByteWriter(), packet, level)
        const ranges = createPublishRanges()
        readPublish(bytes, 0, bytes.length, level, ranges)
        expect(ranges.flags).toBe(packet.flags)
        expect(Buffer.from(bytes.subarray(ranges.topicStart, ranges.topicEnd)).toString()).toBe(packet.topicName)
        expect(ranges.packetId).toBe(packet.packetId ?? 0)
        expect(bytes.subarray(ranges.bodyStart, ranges.bodyEnd)).toEqual(packet.payload)
        expect(ranges.headEnd).toBe(ranges.bodyStart)
        expect(ranges.headStart === ranges.headEnd).toBe(Object.keys(packet.properties).length === 0)
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  it("is refused where the layout refuses it, and never reads beyond its end", () => {
    fc.assert(
      fc.property(
        anyPublish,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
        ({ level, packet }, at, value, cut) => {
          const whole = encodePacket(new ByteWriter(), packet, level)
          // The fixed header stays: packets are cut by their remaining length before.
          const header = whole.length < 130 ? 2 : 3
          whole[header + (at % (whole.length - header))] = value
          const bytes = whole.subarray(0, Math.max(header, whole.length - (cut % 20)))
          const ranges = createPublishRanges()
          let isRefused = false
          try {
            readPublish(bytes, 0, bytes.length, level, ranges)
            expect(ranges.bodyStart).toBeLessThanOrEqual(bytes.length)
            expect(ranges.topicEnd).toBeLessThanOrEqual(ranges.bodyStart)
          } catch {
            isRefused = true
          }
          // By hand, text and properties are left to be judged later: it refuses less, never more.
          if (isRefused) expect(() => decodePacket(bytes, 0, bytes.length, level)).toThrow()
        },
      ),
      { numRuns: 500, seed: 5 },
    )
  })

  it.each([
    ["QoS 3 [MQTT-3.3.1-4]", "36 05 0001 61 0001"],
    ["DUP with QoS 0 [MQTT-3.3.1-2]", "38 03 0001 61"],
    ["packet identifier 0 [MQTT-2.2.1-3]", "32 05 0001 61 0000"],
    ["a topic beyond the end", "30 03 0005 61"],
    ["no room for the packet identifier", "32 04 0001 61 00"],
    ["no topic length", "30 01 00"],
  ])("is malformed with %s", (_title, text) => {
    const bytes = hex(text)
    expect(() => readPublish(bytes, 0, bytes.length, 4, createPublishRanges())).toThrow(
      expect.objectContaining({ name: "DecodeError" }),
    )
  })
})

describe("a PUBLISH written by hand", () => {
  it("is what the layout writes", () => {
    fc.assert(
      fc.property(anyPublish, ({ level, packet }) => {
        const whole = Buffer.from(encodePacket(new ByteWriter(), packet, level))
        const ranges = createPublishRanges()
        readPublish(whole, 0, whole.length, level, ranges)
        const topicBytes = Buffer.from(packet.topicName)
        const target = Buffer.alloc(whole.length)
        const remaining = whole.length - (whole.length < 130 ? 2 : 3)
        const at = putPublishStart(
          target,
          0,
          packet.flags,
          remaining,
          topicBytes,
          topicBytes.length,
          packet.packetId ?? 0,
        )
        expect(target.subarray(0, at)).toEqual(whole.subarray(0, at))
        expect(at).toBe(ranges.topicEnd + (packet.packetId === undefined ? 0 : 2))
      }),
      { numRuns: 300, seed: 5 },
    )
  })

  it.each([0, 1, 124, 125, 127, 128, 16_380, 16_383, 16_384])(
    "gets a topic alias in front of %i bytes of properties",
    (content) => {
      const block = content < 128 ? content + 1 : content < 16_384 ? content + 2 : content + 3
      const target = Buffer.alloc(block + 8, 0xee)
      const growth = aliasGrowth(block)
      target.fill(0x77, growth + block - content, growth + block)
      putTopicAlias(target, 0, block, 0x0102)
      const whole = content + 3
      const length =
        whole < 128
          ? [whole]
          : whole < 16_384
            ? [(whole & 127) | 128, whole >> 7]
            : [(whole & 127) | 128, ((whole >> 7) & 127) | 128, whole >> 14]
      expect([...target.subarray(0, length.length + 3)]).toEqual([...length, 0x23, 1, 2])
      expect(growth + block).toBe(length.length + 3 + content)
      expect(target.subarray(length.length + 3, growth + block).every((byte) => byte === 0x77)).toBe(true)
    },
  )
})

describe("an acknowledgement by hand", () => {
  const types = fc.constantFrom("puback", "pubrec", "pubrel", "pubcomp")
  const anyAck = fc
    .record({
      level,
      type: types,
      packetId: fc.integer({ min: 1, max: 65_535 }),
      reason: fc.integer({ min: 0, max: 255 }),
    })
    .map(({ level, type, packetId, reason }) => ({
      level,
      packet: {
        type,
        flags: type === "pubrel" ? 2 : 0,
        packetId,
        reasonCode: level === 5 ? reason : 0,
        properties: {},
      } as PacketOf<"puback">,
    }))

  it("is read and written as by the layout", () => {
    fc.assert(
      fc.property(anyAck, ({ level, packet }) => {
        const bytes = encodePacket(new ByteWriter(), packet, level)
        expect(readAcknowledgement(bytes, 0, bytes.length, level)).toBe(packet.packetId + packet.reasonCode * 65_536)
        const target = new Uint8Array(acknowledgementBytes(packet.reasonCode))
        expect(putAcknowledgement(target, 0, bytes[0] as number, packet.packetId, packet.reasonCode)).toBe(
          target.length,
        )
        expect(target).toEqual(bytes)
      }),
      { numRuns: 200, seed: 5 },
    )
  })

  it("leaves properties to the layout", () => {
    const packet: Packet = {
      type: "puback",
      flags: 0,
      packetId: 1,
      reasonCode: 0x80,
      properties: { "reason-string": "no" },
    }
    const bytes = encodePacket(new ByteWriter(), packet, 5)
    expect(readAcknowledgement(bytes, 0, bytes.length, 5)).toBe(NEEDS_LAYOUT)
  })

  it.each([
    ["packet identifier 0 [MQTT-2.2.1-3]", "40 02 0000"],
    ["wrong flags [MQTT-2.1.3-1]", "41 02 0001"],
    ["wrong flags for PUBREL [MQTT-3.6.1-1]", "60 02 0001"],
  ])("is malformed with %s", (_title, text) => {
    const bytes = hex(text)
    expect(() => readAcknowledgement(bytes, 0, bytes.length, 5)).toThrow(
      expect.objectContaining({ name: "DecodeError" }),
    )
  })
})
