import type { PolyBroker } from "polymq"

/** What an AMQP 0.9.1 client publishes, whatever library it uses. */
export interface Amqp091Outgoing {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly headers?: Readonly<Record<string, unknown>>
  readonly deliveryMode?: 1 | 2
  readonly priority?: number
  readonly correlationId?: string
  readonly replyTo?: string
  readonly expiration?: string
  readonly messageId?: string
  readonly timestampSeconds?: number
  readonly type?: string
  readonly userId?: string
  readonly appId?: string
  readonly body: string
}

/** What an AMQP 0.9.1 client receives. */
export interface Amqp091Arrived extends Amqp091Outgoing {
  readonly protocol: "amqp091"
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
}

/** What an MQTT client publishes; 3.1.1 clients send topic, quality of service and payload only. */
export interface MqttOutgoing {
  readonly qos?: 0 | 1
  readonly retain?: boolean
  readonly payloadFormatIndicator?: boolean
  readonly messageExpiryInterval?: number
  readonly responseTopic?: string
  readonly correlationData?: string
  readonly userProperties?: Readonly<Record<string, string | string[]>>
  readonly contentType?: string
  readonly body: string
}

/** What an MQTT client receives. */
export interface MqttArrived extends MqttOutgoing {
  readonly protocol: "mqtt"
  readonly topic: string
}

/** What an AMQP 1.0 client publishes; header, properties, annotations and application properties under one roof. */
export interface Amqp10Outgoing {
  readonly durable?: boolean
  readonly priority?: number
  readonly ttl?: number
  readonly messageId?: unknown
  readonly userId?: string
  readonly to?: string
  readonly subject?: string
  readonly replyTo?: string
  readonly correlationId?: unknown
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly creationTimeMs?: number
  readonly groupId?: string
  readonly applicationProperties?: Readonly<Record<string, unknown>>
  readonly messageAnnotations?: Readonly<Record<string, unknown>>
  readonly body: Amqp10Body
}

/** The bodies of AMQP 1.0 (part 3, section 3.2): data sections, one value, or sequences. */
export type Amqp10Body =
  | { readonly data: string }
  | { readonly value: unknown }
  | { readonly sequence: readonly unknown[] }

/** What an AMQP 1.0 client receives. */
export interface Amqp10Arrived extends Amqp10Outgoing {
  readonly protocol: "amqp10"
}

/** One subscription of a real client; messages wait in it until they are asked for. */
export class Inbox<Item> {
  readonly #items: Item[] = []
  readonly #waiting: ((item: Item) => void)[] = []

  put(item: Item): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#items.push(item)
    else next(item)
  }

  next(): Promise<Item> {
    const item = this.#items.shift()
    if (item !== undefined) return Promise.resolve(item)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  get size(): number {
    return this.#items.length
  }
}

/** A real AMQP 0.9.1 client library behind one face. */
export interface Amqp091Client {
  /** Receives what reaches `amq.topic` with this binding pattern. */
  subscribe(pattern: string): Promise<Inbox<Amqp091Arrived>>
  /** Receives from a queue that is declared exclusive; its name is the reply address. */
  replyQueue(): Promise<{ readonly name: string; readonly inbox: Inbox<Amqp091Arrived> }>
  /** Resolves when the broker has confirmed. */
  publish(exchange: string, routingKey: string, message: Amqp091Outgoing): Promise<void>
  close(): Promise<void>
}

/** A real MQTT client library behind one face. */
export interface MqttClient {
  subscribe(filter: string): Promise<Inbox<MqttArrived>>
  /** Resolves when acknowledged, for quality of service 1. */
  publish(topic: string, message: MqttOutgoing): Promise<void>
  close(): Promise<void>
}

/** A real AMQP 1.0 client library behind one face. */
export interface Amqp10Client {
  /** Receives what reaches `amq.topic` with this binding pattern. */
  subscribe(pattern: string): Promise<Inbox<Amqp10Arrived>>
  /** Receives from a node that the broker makes up; its address is the reply address. */
  replyAddress(): Promise<{ readonly address: string; readonly inbox: Inbox<Amqp10Arrived> }>
  /** Resolves with the outcome when the broker has settled. */
  publish(address: string, message: Amqp10Outgoing): Promise<"accepted" | "released" | "rejected">
  close(): Promise<void>
}

export interface Amqp091Library {
  readonly name: string
  connect(broker: PolyBroker): Promise<Amqp091Client>
}

export interface MqttLibrary {
  readonly name: string
  readonly version: 4 | 5
  connect(broker: PolyBroker): Promise<MqttClient>
}

/** The object without its undefined members, so that `toEqual` and `toStrictEqual` say the same. */
export function present<Shape extends object>(shape: { readonly [Key in keyof Shape]: Shape[Key] | undefined }): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape
}
