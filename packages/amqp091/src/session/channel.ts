import type { Access, Outcome, Ticket } from "@polymq/broker"
import type { Message } from "@polymq/message"
import { readUint32 } from "@polymq/wire"
import { decodeMethod, isFromClient, methodName } from "../codec/codec.ts"
import { FRAME_TYPE, REPLY } from "../codec/constants.ts"
import { ACK, checkSettlement, NACK, PUBLISH, REJECT, settlementBits, settlementTag } from "../codec/hot.ts"
import type { ArgumentsOf, Method, MethodName } from "../codec/methods.ts"
import { Amqp091Error } from "../errors.ts"
import { BASIC_METHODS, type BasicContext } from "./basic-methods.ts"
import { Confirms } from "./confirms.ts"
import { Deliveries, type DeliveriesContext } from "./deliveries.ts"
import type { GatheredBytes } from "./gathered-bytes.ts"
import { Publisher, type PublisherContext } from "./publisher.ts"
import { CHANNEL_INPUT, type ChannelState } from "./states.ts"
import { TOPOLOGY_METHODS, type TopologyContext } from "./topology-methods.ts"
import { Transaction } from "./transaction.ts"

/** What a channel needs of its connection. */
export interface ChannelHost extends DeliveriesContext {
  readonly maxMessageBytes: number
  readonly gathered: GatheredBytes
  nowMs(): number
  makeConsumerTag(): string
  /** The client has closed the channel. */
  closed(channel: Channel): void
  /** The channel has published: the connection is one that an alarm pauses. */
  published(): void
  /** Calls `acknowledge` at the end of the turn. */
  acknowledgeSoon(channel: Channel): void
  /** Calls `acknowledge` at the next watermark. */
  acknowledgeWhenStored(channel: Channel): void
}

/** How publishes are answered. */
type PublishMode =
  | { readonly kind: "plain" }
  | { readonly kind: "confirm"; readonly confirms: Confirms }
  | { readonly kind: "transaction"; readonly transaction: Transaction; readonly commits: PendingCommits }

/** How many tx.commit wait to be answered, and for what. */
interface PendingCommits {
  count: number
  waitFor: Ticket
}

const PLAIN: PublishMode = { kind: "plain" }

type Handlers = Readonly<Partial<Record<MethodName, (context: Channel, request: never) => void>>>

/** Everything a client may ask on an open channel, except what is decoded by hand. */
const METHODS: Handlers = { ...TOPOLOGY_METHODS, ...BASIC_METHODS }

/** One channel (1.5), from channel.open to the end of the close handshake. */
export class Channel implements TopologyContext, BasicContext, PublisherContext {
  readonly number: number
  /** Class and method of the frame under way, for the text of an error. */
  method = 0
  /** Whether the connection's list of channels to acknowledge holds this one. */
  isAcknowledging = false
  readonly #host: ChannelHost
  readonly #publisher: Publisher
  #deliveries: Deliveries | undefined
  #state: ChannelState = "open"
  #mode: PublishMode = PLAIN
  #lastQueue = ""

  constructor(number: number, host: ChannelHost) {
    this.number = number
    this.#host = host
    this.#publisher = new Publisher(this)
  }

  get access(): Access {
    return this.#host.access
  }

  get deliveries(): Deliveries {
    this.#deliveries ??= new Deliveries(this.number, this.#host)
    return this.#deliveries
  }

  get maxMessageBytes(): number {
    return this.#host.maxMessageBytes
  }

  get gathered(): GatheredBytes {
    return this.#host.gathered
  }

  get replyName(): string | undefined {
    return this.#deliveries?.replyName
  }

  get isClosing(): boolean {
    return this.#state === "closing"
  }

  /** Publishes and commits that wait to be answered. */
  get unanswered(): number {
    const mode = this.#mode
    if (mode.kind === "plain") return 0
    return mode.kind === "confirm" ? mode.confirms.count : mode.commits.count
  }

  nowMs(): number {
    return this.#host.nowMs()
  }

  makeConsumerTag(): string {
    return this.#host.makeConsumerTag()
  }

  /** Takes a frame of an open channel. Raises what `amqp091ErrorOf` understands. */
  receive(type: number, bytes: Uint8Array, start: number, end: number): void {
    const input = CHANNEL_INPUT[this.#publisher.expected]
    if (type !== input.frame) throw new Amqp091Error("UNEXPECTED_FRAME", input.words)
    if (type === FRAME_TYPE.body) this.#publisher.body(bytes, start, end)
    else if (type === FRAME_TYPE.header) this.#publisher.header(bytes, start, end)
    else this.#receiveMethod(bytes, start, end)
  }

  #receiveMethod(bytes: Uint8Array, start: number, end: number): void {
    const method = end - start < 4 ? 0 : readUint32(bytes, start)
    this.method = method
    const from = start + 4
    if (method === PUBLISH) this.#publisher.begin(bytes, from, end)
    else if (method === ACK || method === NACK || method === REJECT) this.#receiveSettlement(method, bytes, from, end)
    else this.#receiveRareMethod(method, bytes, from, end)
  }

  #receiveRareMethod(method: number, bytes: Uint8Array, start: number, end: number): void {
    const name = methodName(method)
    const handler = name === undefined || !isFromClient(name) ? undefined : METHODS[name]
    if (name === undefined || handler === undefined) throw new Amqp091Error("COMMAND_INVALID", "unimplemented method")
    const decoded = decodeMethod(name, bytes, start, end)
    ;(handler as (context: Channel, request: Method["arguments"]) => void)(this, decoded.arguments)
  }

  #receiveSettlement(method: number, bytes: Uint8Array, start: number, end: number): void {
    checkSettlement(start, end)
    const tag = settlementTag(bytes, start)
    const bits = settlementBits(bytes, start)
    if (method === ACK) this.#settle(tag, (bits & 1) !== 0, "accepted")
    else if (method === NACK) this.#settle(tag, (bits & 1) !== 0, (bits & 2) !== 0 ? "released" : "rejected")
    else this.#settle(tag, false, (bits & 1) !== 0 ? "failed" : "rejected")
  }

  #settle(tag: number, multiple: boolean, outcome: Outcome): void {
    if (this.#mode.kind === "transaction") {
      this.deliveries.check(tag, multiple)
      const last = this.deliveries.lastMeant(tag)
      if (last > 0) this.#mode.transaction.settle(last, multiple, outcome)
    } else this.deliveries.settle(tag, multiple, outcome)
  }

  publish(message: Message, mandatory: boolean): void {
    this.#host.published()
    if (this.#mode.kind === "transaction") {
      if (message.exchange !== "") this.access.checkExchange(message.exchange)
      this.#mode.transaction.publish(message, mandatory)
      return
    }
    const waitFor = this.#route(message, mandatory)
    if (this.#mode.kind === "plain") return
    if (waitFor === undefined) this.#mode.confirms.pushRefused()
    else this.#mode.confirms.push(waitFor)
    this.#acknowledgeAfter(waitFor ?? 0)
  }

  /** Publishes, returns what is unroutable and mandatory, and tells what to wait for; undefined when refused. */
  #route(message: Message, mandatory: boolean): Ticket | undefined {
    const receipt = this.access.publish(message)
    const { result, waitFor } = receipt
    if (result === "refused") return undefined
    if (result === "unroutable" && mandatory) {
      const { exchange, routingKey } = message
      const { code: replyCode } = REPLY.NO_ROUTE
      const returned = { replyCode, replyText: "NO_ROUTE", exchange, routingKey }
      this.#host.writer.content(this.number, "basic.return", returned, message)
    }
    return waitFor
  }

  #acknowledgeAfter(ticket: Ticket): void {
    if (ticket === 0) this.#host.acknowledgeSoon(this)
    else this.#host.acknowledgeWhenStored(this)
  }

  /** Answers publishes and commits that are durable; tells whether some still wait. */
  acknowledge(watermark: Ticket): boolean {
    const mode = this.#mode
    if (this.#state === "closing" || mode.kind === "plain") return false
    if (mode.kind === "confirm") {
      mode.confirms.flush(this.#host.writer, this.number, watermark)
      return mode.confirms.count > 0
    }
    const { commits } = mode
    if (commits.waitFor > watermark) return true
    for (; commits.count > 0; commits.count--) this.reply("tx.commit-ok", {})
    return false
  }

  selectConfirm(): void {
    if (this.#mode.kind === "transaction") {
      throw new Amqp091Error("PRECONDITION_FAILED", "cannot switch from tx to confirm mode")
    }
    if (this.#mode.kind === "plain") this.#mode = { kind: "confirm", confirms: new Confirms() }
  }

  selectTransaction(): void {
    if (this.#mode.kind === "confirm") {
      throw new Amqp091Error("PRECONDITION_FAILED", "cannot switch from confirm to tx mode")
    }
    if (this.#mode.kind === "plain") {
      const transaction = new Transaction(this.gathered, this.maxMessageBytes)
      this.#mode = { kind: "transaction", transaction, commits: { count: 0, waitFor: 0 } }
    }
  }

  commit(): void {
    const mode = this.#mode
    if (mode.kind !== "transaction") throw new Amqp091Error("PRECONDITION_FAILED", "channel is not transactional")
    const { publishes, settlements } = mode.transaction.take()
    let last: Ticket = 0
    let isRefused = false
    for (const { message, mandatory } of publishes) {
      const waitFor = this.#route(message, mandatory)
      if (waitFor === undefined) isRefused = true
      else last = Math.max(last, waitFor)
    }
    for (const { tag, multiple, outcome } of settlements) this.deliveries.settle(tag, multiple, outcome)
    if (isRefused) throw new Amqp091Error("PRECONDITION_FAILED", "partial tx completion")
    mode.commits.count++
    mode.commits.waitFor = Math.max(mode.commits.waitFor, last)
    this.#acknowledgeAfter(last)
  }

  rollback(): void {
    if (this.#mode.kind !== "transaction") {
      throw new Amqp091Error("PRECONDITION_FAILED", "channel is not transactional")
    }
    this.#mode.transaction.take()
    this.reply("tx.rollback-ok", {})
  }

  queueName(name: string): string {
    if (name !== "") return name
    if (this.#lastQueue === "") throw new Amqp091Error("NOT_FOUND", "no previously declared queue")
    return this.#lastQueue
  }

  declared(queue: string): void {
    this.#lastQueue = queue
  }

  reply<Name extends MethodName>(name: Name, methodArguments: ArgumentsOf<Name>): void {
    this.#host.writer.method(this.number, name, methodArguments)
  }

  /** The client closes the channel (1.5.2.5). */
  close(): void {
    this.#host.closed(this)
  }

  /** Gives consumers what they can take now. */
  wake(): void {
    this.#deliveries?.wake()
  }

  /** Ends consumers and unfinished publishes; from now on everything is discarded but the end of the close handshake. */
  stop(): void {
    this.#state = "closing"
    this.#publisher.clear()
    if (this.#mode.kind === "transaction") this.#mode.transaction.take()
    this.#mode = PLAIN
    this.#deliveries?.stop()
  }

  /** Returns what is not settled to its queues: whoever ends the channel, these deliveries have failed. */
  requeue(): void {
    this.#deliveries?.recover("failed")
  }
}
