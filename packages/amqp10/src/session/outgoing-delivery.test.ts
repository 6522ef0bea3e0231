import { type BrokerOptions, createBrokerCore } from "@polymq/broker"
import { createMessage, type Message } from "@polymq/message"
import { CollectingOutbound, manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readFrames } from "../testing/received-frame.ts"
import { dataMessage } from "../testing/scripted-peer.ts"
import type { ConnectionPort } from "./connection-port.ts"
import { type OutgoingRest, payloadBytes, sendDelivery } from "./outgoing-delivery.ts"
import { Windows } from "./windows.ts"

const NEW = { redelivered: false, deliveryCount: 0, acquiredCount: 0 } as const

/** A port of which a delivery only needs the outbound, the frame size and the clock. */
class Port extends CollectingOutbound implements ConnectionPort {
  readonly broker
  readonly converters = { convert: (message: Message) => message }
  readonly outbound = this
  readonly settings = { linkCredit: 1, incomingWindow: 1 }
  readonly userId = new Uint8Array(0)
  readonly isBlocked = false
  readonly remoteMaxFrameBytes: number
  readonly access

  constructor(remoteMaxFrameBytes: number, turn: BrokerOptions["turn"]) {
    super()
    this.remoteMaxFrameBytes = remoteMaxFrameBytes
    const broker = createBrokerCore({ turn })
    this.broker = broker
    const session = { receive() {}, stored() {}, blocked() {}, writable() {}, tick() {}, shutdown() {}, lost() {} }
    const connection = broker.connect(session, { address: "::1", port: 1, isLoopback: true }, "test")
    this.access = broker.access(connection, { name: "guest", tags: [] }, "/")
  }

  send(): void {}
  flushAtTurnEnd(): void {}
  awaitStored(): void {}
  holdUnfinished(): boolean {
    return true
  }
  dropUnfinished(): void {}
}

function messageOf(text: string): Message {
  const message = createMessage("amqp10", 1_700_000_000_000)
  message.routingKey = "key"
  message.body = dataMessage(text)
  message.bodyEnd = message.body.length
  return message
}

function openWindows(incomingWindow: number): Windows {
  return new Windows(1, { nextOutgoingId: 0, incomingWindow })
}

function sentBy(port: Port): {
  readonly payload: Buffer
  readonly sizes: readonly number[]
  readonly more: readonly boolean[]
} {
  const frames = readFrames(port.take()).flatMap((frame) => (frame.kind === "amqp" ? [frame] : []))
  return {
    payload: Buffer.concat(frames.map(({ payload }) => payload)),
    sizes: frames.map(({ frameBytes }) => frameBytes),
    more: frames.map(({ body }) => body.type === "transfer" && body.more),
  }
}

describe("sendDelivery", () => {
  it("sends the same payload in one transfer and in many, whatever frames and windows are like", () => {
    const turn = manualTurn()
    fc.assert(
      fc.property(
        fc.nat(6000),
        fc.integer({ min: 512, max: 4000 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        (length, maxFrame, window, isStable) => {
          const message = messageOf("abcdefghij".repeat(600).slice(0, length))
          const whole = new Port(0xffff_ffff, turn)
          sendDelivery({ port: whole, windows: openWindows(1), channel: 2 }, 3, 9, false, message, NEW, false, isStable)
          const expected = sentBy(whole)
          expect(expected.more).toEqual([false])
          expect(expected.payload.length).toBe(payloadBytes(message, NEW, false, turn.nowMs()))

          const port = new Port(maxFrame, turn)
          const windows = openWindows(window)
          const to = { port, windows, channel: 2 }
          const before = { ...message }
          let rest: OutgoingRest | undefined = sendDelivery(to, 3, 9, false, message, NEW, false, isStable)
          let transfers = window - windows.remoteIncoming
          while (rest !== undefined) {
            expect(windows.remoteIncoming).toBe(0)
            windows.remoteIncoming = window
            rest = rest.resume(to)
            transfers += window - windows.remoteIncoming
          }
          const sent = sentBy(port)
          expect(sent.payload.equals(expected.payload)).toBe(true)
          expect(Math.max(...sent.sizes)).toBeLessThanOrEqual(maxFrame)
          expect(sent.more).toEqual([...sent.more.slice(1).fill(true), false])
          expect(transfers).toBe(sent.more.length)
          expect(message).toEqual(before)
        },
      ),
      { numRuns: 60, seed: 10 },
    )
  })

  it("gives larger bodies by reference, and copies small ones and those that are somebody's scratch", () => {
    const turn = manualTurn()
    const shared = (bodyBytes: number, maxFrame: number, isStable: boolean): number => {
      const port = new Port(maxFrame, turn)
      // A data section takes 5 bytes beside its content, 8 from 256 bytes on.
      const message = messageOf("x".repeat(bodyBytes - 8))
      expect(message.bodyEnd).toBe(bodyBytes)
      sendDelivery({ port, windows: openWindows(100), channel: 0 }, 0, 0, true, message, NEW, false, isStable)
      expect(sentBy(port).payload.subarray(-bodyBytes).equals(message.body)).toBe(true)
      return port.sharedBytes
    }
    expect(shared(1023, 65_536, true)).toBe(0)
    expect(shared(1024, 65_536, true)).toBe(1024)
    expect(shared(50_000, 65_536, true)).toBe(50_000)
    expect(shared(50_000, 65_536, false)).toBe(0)
    // In frames of 4096 bytes, 4066 of them payload, the beginning of the first and the rest of the last are small.
    expect(shared(50_000, 4096, true)).toBeGreaterThan(48_000)
  })

  it("keeps a copy of bytes that are somebody's scratch while a rest of them is to be sent", () => {
    const turn = manualTurn()
    const message = messageOf("x".repeat(2000))
    const port = new Port(512, turn)
    const windows = openWindows(1)
    const rest = sendDelivery({ port, windows, channel: 0 }, 0, 0, false, message, NEW, false, false)
    message.body.fill(0)
    windows.remoteIncoming = 100
    expect(rest?.resume({ port, windows, channel: 0 })).toBeUndefined()
    expect(sentBy(port).payload.subarray(-2000).toString()).toBe("x".repeat(2000))
  })

  it("counts the time to live down", () => {
    const turn = manualTurn()
    const message = { ...messageOf("x"), ttlMs: 60_000, receivedAtMs: turn.nowMs() - 15_000 }
    const port = new Port(512, turn)
    sendDelivery(
      { port, windows: openWindows(1), channel: 0 },
      0,
      0,
      true,
      message,
      { redelivered: true, deliveryCount: 2, acquiredCount: 3 },
      false,
      true,
    )
    // Header: list8 of 5: null, null, ttl 45 000 as uint, first-acquirer false, delivery-count 2.
    expect(sentBy(port).payload.subarray(0, 16).toString("hex")).toBe("005370c00b054040700000afc8425202")
  })
})
