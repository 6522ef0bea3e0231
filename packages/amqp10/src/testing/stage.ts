import { type Access, type BrokerCore, type BrokerOptions, createBrokerCore, type Peer } from "@polymq/broker"
import { type ManualTurn, SilentSession } from "@polymq/testkit"
import { createAmqp10Door } from "../door.ts"
import type { Amqp10Settings } from "../settings.ts"
import { LOOPBACK, ScriptedPeer } from "./scripted-peer.ts"

/** A broker core with an AMQP 1.0 door, and peers that speak to it without sockets. */
export class Stage {
  readonly broker: BrokerCore
  readonly turn: ManualTurn
  /** Stacks logged as errors: a session that fails is one. */
  readonly errors: string[] = []
  readonly #door
  readonly #peers: ScriptedPeer[] = []

  constructor(turn: ManualTurn, options: Partial<BrokerOptions> = {}, settings: Partial<Amqp10Settings> = {}) {
    this.turn = turn
    const error = (event: string, fields: object = {}): void => {
      this.errors.push(`${event} ${JSON.stringify(fields)}`)
    }
    const log = { debug() {}, info() {}, warn() {}, error }
    this.broker = createBrokerCore({ turn, log, ...options })
    void this.broker.open()
    this.#door = createAmqp10Door({ converters: { convert: (message) => message }, options: settings })
  }

  /** A connection on which nothing was sent yet. */
  connect(peer: Peer = LOOPBACK): ScriptedPeer {
    const scripted = new ScriptedPeer(this.#door, this.broker, () => this.turn.endTurn(), peer)
    this.#peers.push(scripted)
    return scripted
  }

  /** A connection with one session, on channel 0. */
  client(): ScriptedPeer {
    const peer = this.connect()
    peer.open()
    peer.begin()
    return peer
  }

  /** The vhost as one more connection of a user sees it. */
  access(name = "guest"): Access {
    return this.broker.access(this.broker.connect(new SilentSession(), LOOPBACK, "test"), { name, tags: [] }, "/")
  }

  /** Moves the clock and ticks everybody, as the transport does once a second. */
  tick(afterMs: number): void {
    this.turn.advance(afterMs)
    for (const peer of this.#peers) peer.session.tick(this.turn.nowMs())
    this.broker.tick(this.turn.nowMs())
    this.turn.endTurn()
  }

  /** The broker pauses publishers, or takes them again. */
  alarm(reason: string | undefined): void {
    for (const peer of this.#peers) peer.session.blocked(reason)
  }
}
