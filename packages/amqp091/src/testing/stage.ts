import { type Access, type BrokerCore, type BrokerOptions, createBrokerCore, type Peer } from "@polymq/broker"
import { createConverters } from "@polymq/convert"
import { LOOPBACK, type ManualTurn, RecordingLog, SilentSession } from "@polymq/testkit"
import { createAmqp091Door } from "../door.ts"
import type { Amqp091Settings } from "../settings.ts"
import { ScriptedPeer } from "./scripted-peer.ts"

/** A broker core with an AMQP 0.9.1 door, and clients that speak to it without sockets. */
export class Stage {
  readonly broker: BrokerCore
  readonly turn: ManualTurn
  readonly log = new RecordingLog()
  readonly #door
  readonly #clients: ScriptedPeer[] = []

  constructor(turn: ManualTurn, options: Partial<BrokerOptions> = {}, settings: Partial<Amqp091Settings> = {}) {
    this.turn = turn
    this.broker = createBrokerCore({ turn, log: this.log, ...options })
    void this.broker.open()
    let tags = 0
    this.#door = createAmqp091Door({
      converters: createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } }),
      options: { clusterName: "stage", makeConsumerTag: () => `amq.ctag-${++tags}`, ...settings },
    })
  }

  /** A connection on which nothing was sent yet. */
  connect(peer: Peer = LOOPBACK): ScriptedPeer {
    const client = new ScriptedPeer(this.#door, this.broker, () => this.turn.endTurn(), peer)
    this.#clients.push(client)
    return client
  }

  /** The default vhost as guest sees it through a connection of another protocol. */
  access(): Access {
    const connection = this.broker.connect(new SilentSession(), LOOPBACK, "test")
    return this.broker.access(connection, { name: "guest", tags: [] }, "/")
  }

  /** Moves the clock and ticks everybody, as the transport does once a second. */
  tick(afterMs: number): void {
    this.turn.advance(afterMs)
    for (const client of this.#clients) client.session.tick(this.turn.nowMs())
    this.turn.endTurn()
  }

  /** Passes the memory mark, or goes back below it. */
  alarm(reason: string | undefined): void {
    for (const client of this.#clients) client.session.blocked(reason)
  }
}
