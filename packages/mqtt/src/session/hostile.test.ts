import { manualTurn } from "@polymq/testkit"
import { encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import { decodePacket } from "../codec/decode-packet.ts"
import type { Packet } from "../codec/packets.ts"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** Processor time that one hostile connection may take, generously: decoding is a matter of microseconds. */
const MAX_CPU_MS = 500

/** Processor milliseconds that `act` takes, which a busy machine does not change. */
function cpuMsOf(act: () => void): number {
  const before = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const text = fc.constantFrom("a", "a/b", "+", "#", "a/#", "$SYS/x", "$share/g/#", "$share//a", "", "é", "x".repeat(300))
const packetId = fc.integer({ min: 1, max: 4 })
const options = fc.integer({ min: 0, max: 47 })
const properties = fc.constantFrom({}, { "topic-alias": 1 }, { "message-expiry-interval": 1 }, { "content-type": "c" })

const packet: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    type: fc.constant("publish"),
    flags: fc.integer({ min: 0, max: 15 }),
    topicName: text,
    packetId,
    properties,
    payload: fc.uint8Array({ maxLength: 30 }),
  }),
  fc.record({
    type: fc.constant("subscribe"),
    flags: fc.constant(2),
    packetId,
    properties: fc.constant({}),
    subscriptions: fc.array(fc.record({ filter: text, options }), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant("unsubscribe"),
    flags: fc.constant(2),
    packetId,
    properties: fc.constant({}),
    filters: fc.array(text, { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constantFrom("puback", "pubrec", "pubcomp"),
    flags: fc.constant(0),
    packetId,
    reasonCode: fc.constantFrom(0, 0x80),
    properties: fc.constant({}),
  }),
  fc.record({
    type: fc.constant("pubrel"),
    flags: fc.constant(2),
    packetId,
    reasonCode: fc.constant(0),
    properties: fc.constant({}),
  }),
  fc.record({ type: fc.constant("pingreq"), flags: fc.constant(0) }),
  fc.record({
    type: fc.constant("disconnect"),
    flags: fc.constant(0),
    reasonCode: fc.constantFrom(0, 4),
    properties: fc.constant({}),
  }),
) as fc.Arbitrary<Packet>

interface Script {
  readonly level: ProtocolLevel
  readonly packets: readonly Packet[]
  /** Bytes overwritten, by place among all. */
  readonly changes: readonly (readonly [at: number, value: number])[]
  /** Bytes left out at the end. */
  readonly cut: number
  readonly chunkBytes: number
}

const script: fc.Arbitrary<Script> = fc.record({
  level: fc.constantFrom<ProtocolLevel>(3, 4, 5),
  packets: fc.array(packet, { maxLength: 12 }),
  changes: fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 }),
  cut: fc.nat(10),
  chunkBytes: fc.constantFrom(1, 3, 50, 10_000),
})

/** Lets a peer say what its script says, from CONNECT on, and looks at how it ends. */
function play(stage: Stage, { level, packets, changes, cut, chunkBytes }: Script, isConnected: boolean): ScriptedPeer {
  const peer = isConnected ? stage.client(level, { clientId: "fuzz" }) : stage.connect(level)
  const encoded = packets.map((one) => peer.encode(one))
  if (!isConnected)
    encoded.unshift(Buffer.from("1013 0004 4d515454 05 02 003c 06 11 00000009 01 0001 61".replaceAll(" ", ""), "hex"))
  const bytes = Buffer.concat(encoded)
  for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value
  const end = Math.max(0, bytes.length - cut)
  for (let at = 0; at < end; at += chunkBytes) {
    peer.bytes(bytes.subarray(at, Math.min(end, at + chunkBytes)))
    stage.endTurn()
  }
  return peer
}

describe.each([true, false])("a hostile peer that is logged in: %s", (isConnected) => {
  it("is answered in whole packets or closed, in little time, and nobody else notices", () => {
    fc.assert(
      fc.property(script, (hostile) => {
        const stage = new Stage(manualTurn())
        const bystander = stage.client(5, { clientId: "bystander" })
        bystander.subscribe("calm/#", 1)
        bystander.take()
        let peer = bystander
        const cpuMs = cpuMsOf(() => {
          peer = play(stage, hostile, isConnected)
        })
        expect(cpuMs).toBeLessThan(MAX_CPU_MS)
        // Half a packet raises here. Which version was spoken depends on the changed bytes; 0xe0 is DISCONNECT in all.
        const heard = peer.takeFrames()
        const goodbye = heard.findIndex((frame) => frame[0] === 0xe0)
        if (goodbye >= 0) {
          expect(goodbye).toBe(heard.length - 1)
          expect(peer.outbound.closedFor).toBeDefined()
        }
        if (isConnected && hostile.level < 5) expect(goodbye).toBe(-1)
        if (isConnected) for (const frame of heard) decodePacket(frame, 0, frame.length, hostile.level)
        stage.tick(1_000)
        peer.drop()
        bystander.publish("calm/x", "still here", { qos: 1 })
        stage.endTurn()
        expect(
          bystander
            .take()
            .map(({ type }) => type)
            .sort(),
        ).toEqual(["puback", "publish"])
        expect(stage.log.lines.filter(({ level }) => level === "error")).toEqual([])
      }),
      { numRuns: 250, seed: 5 },
    )
  })
})

it("answers unchanged scripts the same, whatever their chunks", () => {
  fc.assert(
    fc.property(script, (calm) => {
      const heard = [1, 7, 10_000].map((chunkBytes) => {
        const stage = new Stage(manualTurn())
        const peer = play(stage, { ...calm, changes: [], cut: 0, chunkBytes }, true)
        // Acknowledgements gather per chunk: their order among the others depends on it.
        const packets = peer
          .take()
          .map((one) => JSON.stringify(one))
          .sort()
        return { packets, closedFor: peer.outbound.closedFor }
      })
      expect(heard[1]).toEqual(heard[0])
      expect(heard[2]).toEqual(heard[0])
    }),
    { numRuns: 100, seed: 5 },
  )
})

it("refuses or decodes 64 KiB of anything in little time", () => {
  const stage = new Stage(manualTurn())
  const heads = ["82ffff03 0001", "a2ffff03 0001", "30ffff03 0001 61", "82ffff03 0001 ffff7f", "c2ffff03"]
  for (const head of heads) {
    for (const level of [4, 5] as const) {
      const peer = stage.client(level)
      const start = Buffer.from(head.replaceAll(" ", ""), "hex")
      const bytes = Buffer.concat([start, Buffer.alloc(65_539 - start.length)])
      expect(cpuMsOf(() => peer.bytes(bytes))).toBeLessThan(MAX_CPU_MS)
      stage.endTurn()
      peer.take()
      peer.drop()
    }
  }
  const many = Buffer.concat(
    Array.from({ length: 9_000 }, () => Buffer.concat([Buffer.from([0x26]), encodeUtf8("\0\x01a\0\x01b")])),
  )
  const peer = stage.client(5)
  const propertyBytes = Buffer.from([(many.length & 127) | 128, ((many.length >> 7) & 127) | 128, many.length >> 14])
  const size = many.length + 6
  const packet = Buffer.concat([
    Buffer.from([0x30, (size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14, 0, 1, 0x61]),
    propertyBytes,
    many,
  ])
  expect(cpuMsOf(() => peer.bytes(packet))).toBeLessThan(MAX_CPU_MS)
  expect(peer.outbound.closedFor).toBeUndefined()
})
