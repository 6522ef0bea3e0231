import {
  type Access,
  type BrokerCore,
  type BrokerOptions,
  type ClientSession,
  createBrokerCore,
  type SubscriptionOptions,
} from "@polymq/broker"
import type { MessageDraft } from "@polymq/message"
import { type ManualTurn, manualTurn } from "./manual-turn.ts"
import { LOOPBACK } from "./peers.ts"
import { publishedToTopic } from "./published-message.ts"
import { RecordingConsumer } from "./recording-consumer.ts"
import { SilentSession } from "./silent-session.ts"

/** QoS 1 and nothing else asked for. */
export const PLAIN_SUBSCRIPTION: SubscriptionOptions = {
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  identifier: undefined,
}

/** How a session is opened; by default as client "c", resumed, and living on for 100 seconds. */
export interface Opening {
  readonly clientId?: string
  readonly cleanStart?: boolean
  readonly expirySeconds?: number
  /** Deliveries of QoS 1 and 2 that the client takes. */
  readonly credit?: number
  readonly connection?: number
}

/** A session that was opened, and the client behind it. */
export interface OpenedSession {
  readonly session: ClientSession
  readonly consumer: RecordingConsumer
  readonly present: boolean
}

/** A broker on a manual turn, seen by the sessions of MQTT clients. */
export class SessionStage {
  readonly turn: ManualTurn = manualTurn()
  readonly broker: BrokerCore
  readonly access: Access

  constructor(options: Omit<BrokerOptions, "turn"> = {}) {
    this.broker = createBrokerCore({ ...options, turn: this.turn })
    this.access = this.connected()
  }

  /** The default vhost as guest sees it through a connection of its own. */
  connected(): Access {
    return this.broker.access(
      this.broker.connect(new SilentSession(), LOOPBACK, "test"),
      { name: "guest", tags: [] },
      "/",
    )
  }

  open({ clientId = "c", cleanStart = false, expirySeconds = 100, credit, connection }: Opening = {}): OpenedSession {
    const consumer = new RecordingConsumer({
      ...(credit === undefined ? {} : { credit }),
      ...(connection === undefined ? {} : { connection }),
    })
    return { ...this.access.openSession({ clientId, cleanStart, expirySeconds, consumer }), consumer }
  }

  /** Publishes as MQTT does: durable when its QoS is above 0. */
  publish(topic: string, body: string, qos: 0 | 1 | 2 = 1, facts: Partial<MessageDraft> = {}): MessageDraft {
    const receivedAtMs = this.turn.nowMs()
    const message = publishedToTopic(topic, body, { qos, durable: qos > 0, receivedAtMs, ...facts })
    this.access.publish(message)
    return message
  }

  retain(topic: string, body: string, facts: Partial<MessageDraft> = {}): MessageDraft {
    const receivedAtMs = this.turn.nowMs()
    const message = publishedToTopic(topic, body, { qos: 1, retain: true, receivedAtMs, ...facts })
    this.access.retain(message)
    return message
  }

  /** Lets time pass, looks through what may have expired, and ends the turn. */
  passSeconds(seconds: number): void {
    this.turn.advance(seconds * 1000)
    this.broker.tick(this.turn.nowMs())
    this.turn.endTurn()
  }
}
