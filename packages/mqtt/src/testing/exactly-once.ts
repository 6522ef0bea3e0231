import { expect } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import type { Packet } from "../codec/packets.ts"
import { type ScriptedPeer, textOf } from "./scripted-peer.ts"
import type { ConnectWords, Stage } from "./stage.ts"

/** Versions whose clients know QoS 2 from each other: MQTT 3.1.1 and 5.0. */
export const LEVELS: readonly ProtocolLevel[] = [4, 5]

/** Fixed-header flags of a PUBLISH that comes again: DUP and QoS 2. */
export const AGAIN = 0x0c

/** A step of QoS 2 as it is decoded. */
export function step(type: string, packetId: number, reasonCode = 0) {
  return { type, flags: type === "pubrel" ? 2 : 0, packetId, reasonCode, properties: {} }
}

/** How a client connects whose session outlives its connection. */
export function lasting(level: ProtocolLevel, clientId: string, cleanStart = false): ConnectWords {
  return { clientId, cleanStart, properties: level === 5 ? { "session-expiry-interval": 100 } : {} }
}

/** Connects and returns what is heard behind CONNACK, too. */
export function connected(
  stage: Stage,
  level: ProtocolLevel,
  words: ConnectWords,
): readonly [ScriptedPeer, readonly Packet[]] {
  const peer = stage.connect(level)
  peer.connect(words)
  const [connack, ...packets] = peer.take()
  expect(connack).toMatchObject({ type: "connack", reasonCode: 0 })
  return [peer, packets]
}

/** A subscriber of everything with QoS 2, whose session outlives it and so is stored. */
export function subscriber(stage: Stage, level: ProtocolLevel = 5, words: ConnectWords = {}): ScriptedPeer {
  const [peer] = connected(stage, level, { ...lasting(level, "s"), ...words })
  peer.subscribe("#", 2)
  stage.endTurn()
  peer.take()
  return peer
}

/** Payloads of the messages heard since the last take. */
export function texts(peer: ScriptedPeer): readonly string[] {
  return peer.takeAll("publish").map(textOf)
}
