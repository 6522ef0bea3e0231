import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import type { Packet } from "../codec/packets.ts"
import { type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** Packets that the scripted clients name without having sent or heard anything of the kind. */
const UNKNOWN_ID = 60_000

/** A client whose session outlives its connections. */
abstract class Client {
  readonly stage: Stage
  readonly level: ProtocolLevel
  readonly #clientId: string
  peer: ScriptedPeer

  constructor(stage: Stage, level: ProtocolLevel, clientId: string) {
    this.stage = stage
    this.level = level
    this.#clientId = clientId
    this.peer = this.#connect()
  }

  /** Takes what the server has sent. */
  abstract hear(): void

  /** Connects anew; what it has not heard so far is lost, and the earlier connection is cut off or taken over. */
  reconnect(isTakeover: boolean): void {
    if (!isTakeover) this.peer.drop()
    this.peer = this.#connect()
    this.stage.endTurn()
  }

  #connect(): ScriptedPeer {
    const peer = this.stage.connect(this.level)
    const properties = this.level === 5 ? { "session-expiry-interval": 1000, "receive-maximum": 3 } : {}
    peer.connect({ clientId: this.#clientId, cleanStart: false, properties })
    return peer
  }
}

/** Sends as the standard has it (MQTT 5.0 section 4.3.3): a step is taken again on the next connection until it is answered. */
class Sender extends Client {
  /** Payloads by packet identifier, in order, that await PUBREC. */
  readonly #unreceived = new Map<number, string>()
  /** Packet identifiers, in order, that await PUBCOMP. */
  readonly #uncompleted = new Set<number>()
  readonly #released = new Set<number>()
  #sent = 0

  /** Publishes what was never published before; identifiers are used again as soon as they are free. */
  publish(isLost: boolean): void {
    if (this.#unreceived.size + this.#uncompleted.size >= 8) return
    let packetId = 1
    while (this.#unreceived.has(packetId) || this.#uncompleted.has(packetId)) packetId++
    const text = `${++this.#sent}`
    this.#unreceived.set(packetId, text)
    if (!isLost) this.peer.publish("t", text, { qos: 2, packetId })
  }

  /** Releases the first that was received and not released on this connection. */
  release(isLost: boolean): void {
    for (const packetId of this.#uncompleted) {
      if (this.#released.has(packetId)) continue
      this.#released.add(packetId)
      if (!isLost) this.peer.acknowledge("pubrel", packetId)
      return
    }
  }

  hear(): void {
    for (const packet of this.peer.take()) {
      if (packet.type === "pubrec" && this.#unreceived.delete(packet.packetId)) this.#uncompleted.add(packet.packetId)
      if (packet.type === "pubcomp") this.#uncompleted.delete(packet.packetId)
    }
  }

  override reconnect(isTakeover: boolean): void {
    super.reconnect(isTakeover)
    this.#released.clear()
    for (const packetId of this.#uncompleted) {
      this.#released.add(packetId)
      this.peer.acknowledge("pubrel", packetId)
    }
    for (const [packetId, text] of this.#unreceived) this.peer.publish("t", text, { qos: 2, packetId, flags: 0x0c })
  }

  get isDone(): boolean {
    return this.#unreceived.size + this.#uncompleted.size === 0
  }

  get sent(): readonly string[] {
    return Array.from({ length: this.#sent }, (_, index) => `${index + 1}`)
  }
}

/** Receives as the standard has it: a message is taken with its first PUBLISH; its identifier is kept until PUBREL. */
class Receiver extends Client {
  readonly taken: string[] = []
  readonly #known = new Set<number>()
  #owed: (() => void)[] = []

  subscribe(): void {
    this.peer.subscribe("t", 2)
    this.stage.endTurn()
    this.hear()
  }

  hear(): void {
    for (const packet of this.peer.take()) this.#hear(packet)
  }

  /** Sends the first answer that is owed. */
  answer(isLost: boolean): void {
    const answer = this.#owed.shift()
    if (!isLost) answer?.()
  }

  override reconnect(isTakeover: boolean): void {
    this.#owed = []
    super.reconnect(isTakeover)
  }

  #hear(packet: Packet): void {
    if (packet.type === "publish") {
      const packetId = packet.packetId ?? 0
      if (!this.#known.has(packetId)) this.taken.push(textOf(packet))
      this.#known.add(packetId)
      this.#owed.push(() => this.peer.acknowledge("pubrec", packetId))
    } else if (packet.type === "pubrel") {
      const isKnown = this.#known.delete(packet.packetId)
      this.#owed.push(() => this.peer.acknowledge("pubcomp", packet.packetId, isKnown ? 0 : 0x92))
    }
  }
}

const STEPS = {
  publish: (sender: Sender) => sender.publish(false),
  release: (sender: Sender) => sender.release(false),
  "sender hears": (sender: Sender) => sender.hear(),
  "sender is cut off": (sender: Sender) => {
    sender.publish(true)
    sender.release(true)
    sender.reconnect(false)
  },
  "sender takes over": (sender: Sender) => sender.reconnect(true),
  "receiver hears": (_sender: Sender, receiver: Receiver) => receiver.hear(),
  answer: (_sender: Sender, receiver: Receiver) => receiver.answer(false),
  "receiver is cut off": (_sender: Sender, receiver: Receiver) => {
    receiver.answer(true)
    receiver.reconnect(false)
  },
  "receiver takes over": (_sender: Sender, receiver: Receiver) => receiver.reconnect(true),
  "unknown identifiers": (sender: Sender, receiver: Receiver) => {
    for (const type of ["puback", "pubrec", "pubcomp", "pubrel"] as const) {
      sender.peer.acknowledge(type, UNKNOWN_ID)
      receiver.peer.acknowledge(type, UNKNOWN_ID)
    }
  },
  "the turn ends": (sender: Sender) => sender.stage.endTurn(),
} as const

type Step = keyof typeof STEPS
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Step>("publish", "sender hears", "receiver hears", "the turn ends") },
  { weight: 3, arbitrary: fc.constantFrom<Step>("release", "answer") },
  { weight: 1, arbitrary: fc.constantFrom(...(Object.keys(STEPS) as Step[])) },
)

it.each([
  [4, 4],
  [4, 5],
  [5, 4],
  [5, 5],
] as const)(
  "every message of QoS 2 from level %i to level %i arrives once and in order, whatever connections do",
  (from, to) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const stage = new Stage(manualTurn())
        const receiver = new Receiver(stage, to, "receiver")
        receiver.subscribe()
        const sender = new Sender(stage, from, "sender")
        for (const name of steps) {
          STEPS[name](sender, receiver)
          expect([sender.peer.outbound.closedFor, receiver.peer.outbound.closedFor]).toEqual([undefined, undefined])
        }
        // Both go on until nothing is left to do.
        sender.reconnect(false)
        receiver.reconnect(false)
        for (let rounds = 0; rounds < 200; rounds++) {
          sender.hear()
          sender.release(false)
          receiver.hear()
          receiver.answer(false)
          stage.endTurn()
        }
        expect([sender.isDone, receiver.taken]).toEqual([true, sender.sent])
        expect(stage.broker.heldBytes).toBe(0)
        expect(stage.log.lines.filter(({ level }) => level === "error")).toEqual([])
      }),
      { numRuns: 100, seed: 5 },
    )
  },
)
