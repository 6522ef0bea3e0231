import { type BrokerCore, type BrokerOptions, createBrokerCore, type Peer } from "@polymq/broker"
import { createConverters } from "@polymq/convert"
import type { MqttProperties } from "@polymq/message"
import { LOOPBACK, type ManualTurn, RecordingLog } from "@polymq/testkit"
import type { ProtocolLevel } from "../codec/constants.ts"
import { createMqttDoor } from "../door.ts"
import type { MqttSettings } from "../settings.ts"
import { ScriptedPeer } from "./scripted-peer.ts"

/** What a scripted CONNECT says; the rest is as a plain client says it. */
export interface ConnectWords {
  readonly clientId?: string
  readonly cleanStart?: boolean
  readonly keepAliveSeconds?: number
  readonly properties?: MqttProperties
  readonly username?: string
  readonly password?: string
  readonly will?: {
    readonly topic: string
    readonly payload: string
    readonly flags?: number
    readonly properties?: Uint8Array
  }
}

/** A broker core with an MQTT door, and peers that speak to it without sockets. */
export class Stage {
  readonly broker: BrokerCore
  readonly log = new RecordingLog()
  readonly #turn: ManualTurn
  readonly #door
  readonly #peers: ScriptedPeer[] = []

  constructor(turn: ManualTurn, options: Partial<BrokerOptions> = {}, settings: Partial<MqttSettings> = {}) {
    this.#turn = turn
    this.broker = createBrokerCore({ turn, log: this.log, ...options })
    void this.broker.open()
    const converters = createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } })
    let assigned = 0
    const makeClientId = (): string => `assigned-${++assigned}`
    this.#door = createMqttDoor({ converters, options: { makeClientId, ...settings } })
  }

  /** A connection that has sent nothing yet. */
  connect(level: ProtocolLevel = 5, peer: Peer = LOOPBACK): ScriptedPeer {
    const scripted = new ScriptedPeer(level, (outbound) => this.#door.open(peer, outbound, this.broker))
    this.#peers.push(scripted)
    return scripted
  }

  /** A connection whose CONNECT has been accepted; what was received so far is taken. */
  client(level: ProtocolLevel = 5, words: ConnectWords = {}): ScriptedPeer {
    const peer = this.connect(level)
    peer.connect(words)
    this.endTurn()
    const [connack] = peer.take()
    if (connack?.type !== "connack" || connack.reasonCode !== 0)
      throw new Error(`not connected: ${JSON.stringify(connack)} ${peer.outbound.closedFor ?? ""}`)
    return peer
  }

  endTurn(): void {
    this.#turn.endTurn()
    for (const peer of this.#peers) peer.endTurn()
    this.#turn.endTurn()
  }

  /** Moves the clock and ticks everybody, as the transport does once a second. */
  tick(afterMs: number): void {
    this.#turn.advance(afterMs)
    const nowMs = this.#turn.nowMs()
    for (const peer of this.#peers) peer.session.tick(nowMs)
    this.broker.tick(nowMs)
    this.endTurn()
  }
}
