import type { Access, Broker, Connection, Deferred, Outbound, Session, Ticket } from "@polymq/broker"
import { readUint32 } from "@polymq/wire"
import { methodId } from "../codec/codec.ts"
import { FRAME_TYPE } from "../codec/constants.ts"
import { Amqp091Error, replyText } from "../errors.ts"
import { Channel, type ChannelHost } from "./channel.ts"
import type { FrameWriter } from "./frame-writer.ts"
import { GatheredBytes } from "./gathered-bytes.ts"
import type { PublishAlarm } from "./publish-alarm.ts"

/** What the channels of an open connection need of it. */
export interface ChannelsContext {
  readonly session: Session
  readonly broker: Broker
  readonly outbound: Outbound
  readonly connection: Connection
  readonly writer: FrameWriter
  readonly access: Access
  /** Highest channel number, and how many may be open. */
  readonly channelMax: number
  /** Whether the client knows basic.cancel from the server. */
  readonly takesCancel: boolean
  /** Consumers that one channel may have. */
  readonly maxConsumers: number
  readonly alarm: PublishAlarm
  makeConsumerTag(): string
}

const OPEN = methodId("channel.open")
const CLOSE = methodId("channel.close")
const CLOSE_OK = methodId("channel.close-ok")

/** Publishes of one connection that may wait for their confirms before it is read further. */
const MAX_UNANSWERED = 100_000

/** The channels of one open connection, and their acknowledgements, which are gathered per turn. */
export class Channels implements ChannelHost, Deferred {
  readonly writer: FrameWriter
  readonly access: Access
  readonly takesCancel: boolean
  readonly maxConsumers: number
  readonly maxMessageBytes: number
  readonly gathered: GatheredBytes
  readonly #context: ChannelsContext
  /** By number; 0 is never used. */
  #channels: (Channel | undefined)[] = []
  #count = 0
  /** Channels with publishes that are not acknowledged. */
  #acknowledging: Channel[] = []
  #isDeferred = false
  #isAwaitingStored = false
  #watermark: Ticket = 0
  #hasHeldBack = false

  constructor(context: ChannelsContext) {
    this.#context = context
    this.writer = context.writer
    this.access = context.access
    this.takesCancel = context.takesCancel
    this.maxConsumers = context.maxConsumers
    this.maxMessageBytes = context.broker.limits.maxMessageBytes
    this.gathered = new GatheredBytes(context.connection, this.maxMessageBytes)
  }

  /** Takes a frame of a channel. Raises what `amqp091ErrorOf` understands. */
  receive(number: number, type: number, bytes: Uint8Array, start: number, end: number): void {
    const channel = this.#channels[number]
    if (channel !== undefined && !channel.isClosing) channel.receive(type, bytes, start, end)
    else
      this.#receiveOutside(
        number,
        channel,
        type === FRAME_TYPE.method && end - start >= 4 ? readUint32(bytes, start) : 0,
      )
  }

  /** Takes a frame of a channel that is not open; `method` is 0 for a frame without one. */
  #receiveOutside(number: number, channel: Channel | undefined, method: number): void {
    if (channel === undefined) this.#receiveUnopened(number, method)
    else if (method === CLOSE_OK) this.#remove(number)
    else if (method === CLOSE) this.closed(channel)
  }

  #receiveUnopened(number: number, method: number): void {
    // The answer to a channel.close of ours that crossed one of the client's.
    if (method === CLOSE_OK) return
    if (method !== OPEN) throw new Amqp091Error("CHANNEL_ERROR", "expected 'channel.open'")
    const { channelMax } = this.#context
    if (number > channelMax) {
      throw new Amqp091Error("NOT_ALLOWED", `channel ${number} is above the negotiated channel_max (${channelMax})`)
    }
    this.access.openChannel()
    this.#channels[number] = new Channel(number, this)
    this.#count++
    this.writer.method(number, "channel.open-ok", {})
  }

  closed(channel: Channel): void {
    if (!channel.isClosing) this.#end(channel)
    this.#remove(channel.number)
    this.writer.method(channel.number, "channel.close-ok", {})
  }

  /** Closes one channel with an error; false when there is no such open channel. */
  fail(number: number, error: Amqp091Error): boolean {
    const channel = this.#channels[number]
    if (channel === undefined || channel.isClosing) return false
    const reason = replyText(error)
    const { connection, user } = this.access
    this.#context.broker.log.info("channel closed", { protocol: "amqp", connection, user, channel: number, reason })
    this.writer.close(number, error, channel.method)
    this.#end(channel)
    return true
  }

  /** Class and method under way on a channel, as one number. */
  methodOf(number: number): number {
    return this.#channels[number]?.method ?? 0
  }

  /** Ends all channels, and then all exclusive queues: nobody gets back what is returned. */
  close(): void {
    const channels = this.#channels
    this.#channels = []
    this.#count = 0
    this.#acknowledging = []
    for (const channel of channels) channel?.stop()
    for (const channel of channels) channel?.requeue()
    this.access.close()
  }

  #end(channel: Channel): void {
    channel.stop()
    channel.requeue()
  }

  #remove(number: number): void {
    this.#channels[number] = undefined
    this.access.closeChannel()
    this.#count--
    if (this.#count === 0) this.#channels = []
  }

  nowMs(): number {
    return this.#context.broker.turn.nowMs()
  }

  makeConsumerTag(): string {
    return this.#context.makeConsumerTag()
  }

  published(): void {
    this.#context.alarm.published()
  }

  keepsUp(): boolean {
    if (this.#context.outbound.pendingBytes < this.#context.broker.limits.slowReaderBytes) return true
    this.#hasHeldBack = true
    return false
  }

  /** The socket has drained: consumers that were held back get more. */
  wake(): void {
    if (!this.#hasHeldBack) return
    this.#hasHeldBack = false
    for (const channel of this.#channels) channel?.wake()
  }

  acknowledgeSoon(channel: Channel): void {
    this.#remember(channel)
    if (this.#isDeferred) return
    this.#isDeferred = true
    this.#context.broker.turn.defer(this)
  }

  acknowledgeWhenStored(channel: Channel): void {
    this.#remember(channel)
    if (this.#isAwaitingStored) return
    this.#isAwaitingStored = true
    this.#context.broker.awaitStored(this.#context.session)
  }

  runAtTurnEnd(): void {
    this.#isDeferred = false
    this.#acknowledge()
  }

  /** Everything up to the watermark is durable. */
  stored(watermark: Ticket): void {
    this.#watermark = watermark
    this.#isAwaitingStored = false
    this.#acknowledge()
  }

  /** A chunk has been read: a client that publishes faster than its confirms get durable waits for them. */
  answered(): void {
    let unanswered = 0
    for (const channel of this.#acknowledging) unanswered += channel.unanswered
    if (unanswered >= MAX_UNANSWERED) this.#context.outbound.pauseReading("unanswered")
    else this.#context.outbound.resumeReading("unanswered")
  }

  #remember(channel: Channel): void {
    if (channel.isAcknowledging) return
    channel.isAcknowledging = true
    this.#acknowledging.push(channel)
  }

  #acknowledge(): void {
    const channels = this.#acknowledging
    // A connection that is closing is read again, whatever its publishes wait for.
    if (channels.length === 0) return
    let kept = 0
    for (const channel of channels) {
      if (channel.acknowledge(this.#watermark)) channels[kept++] = channel
      else channel.isAcknowledging = false
    }
    channels.length = kept
    this.answered()
    if (kept > 0 && !this.#isAwaitingStored) {
      this.#isAwaitingStored = true
      this.#context.broker.awaitStored(this.#context.session)
    }
  }
}
