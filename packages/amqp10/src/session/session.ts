import type { Entry, Outcome } from "@polymq/broker"
import { type Message, NO_BYTES, type Value } from "@polymq/message"
import type { Composite } from "../codec/composites.ts"
import { CONDITION, ROLE } from "../codec/constants.ts"
import { ABSENT, createFlowFields, type FlowFields, type TransferFields } from "../codec/hot-fields.ts"
import { dispositionBytes, flowBytes, putDisposition, putFlow } from "../codec/put-frames.ts"
import { serialAdd } from "../codec/serial.ts"
import { Amqp10Error, errorDraft, linkError } from "../errors.ts"
import { addedAnnotations } from "./added-annotations.ts"
import { attachLink, refusedAttach } from "./attach.ts"
import type { ConnectionPort } from "./connection-port.ts"
import type { ConsumerLink } from "./consumer-link.ts"
import { FullQueues } from "./full-queues.ts"
import { OutgoingRest, sendDelivery } from "./outgoing-delivery.ts"
import { type Acknowledged, type OutcomeNumber, PendingSettlements } from "./pending-settlements.ts"
import { encodedOutcome, isSettledFirst, SETTLED_SECOND } from "./publish-outcomes.ts"
import type { IncomingLink, OutgoingLink, SessionLink } from "./session-link.ts"
import { STATE_OF_OUTCOME } from "./settled-outcomes.ts"
import { type Settler, UnsettledDeliveries } from "./unsettled-deliveries.ts"
import { Windows } from "./windows.ts"

/** Largest handle that a peer may use. */
const HANDLE_MAX = 255

/** Transfers that we announce to be able to send: there is no bound of ours. */
const OUTGOING_WINDOW = 0x7fff_ffff

/** A link that we have detached, until the peer has answered. */
interface Detaching {
  readonly role: "detaching"
  /** Transfers that can have been on their way when we detached it: as many as the window then allowed. */
  transfersLeft: number
}

type Handle = SessionLink | Detaching

/** Scratch of `sendFlow`. */
const flow = createFlowFields()

/** One session: windows, links, and the deliveries under way both ways (AMQP 1.0 part 2, 2.5 and 2.6). */
export class Amqp10Session {
  readonly channel: number
  readonly port: ConnectionPort
  readonly windows: Windows
  readonly fullQueues: FullQueues
  readonly #remoteHandleMax: number
  readonly #handles: (Handle | undefined)[] = []
  readonly #unsettled = new UnsettledDeliveries()
  readonly #pending = new PendingSettlements()
  #nextDeliveryId = 0
  /** A delivery that the peer's window has cut short; nothing else is sent before it. */
  #rest: OutgoingRest | undefined
  /** Told to the connection, which keeps the list of sessions to flush. */
  isFlushDue = false
  /** Tells the peer what became of its deliveries from `first` to `last`. */
  readonly sendOutcome = (first: number, last: number, outcome: OutcomeNumber): void => {
    const state = this.fullQueues.encoded(outcome & ~SETTLED_SECOND) ?? encodedOutcome(outcome)
    this.#sendDisposition(ROLE.receiver, first, last, isSettledFirst(outcome), state)
  }

  constructor(channel: number, begin: Composite<"begin">, port: ConnectionPort) {
    this.channel = channel
    this.port = port
    this.fullQueues = new FullQueues(port.remoteMaxFrameBytes)
    this.windows = new Windows(port.settings.incomingWindow, begin)
    this.#remoteHandleMax = begin.handleMax
    port.send(channel, {
      type: "begin",
      remoteChannel: channel,
      nextOutgoingId: this.windows.nextOutgoingId,
      incomingWindow: port.isBlocked ? 0 : this.windows.incoming,
      outgoingWindow: OUTGOING_WINDOW,
      handleMax: HANDLE_MAX,
    })
  }

  /** Whether one more delivery may leave: the window is open, the socket keeps up, and delivery-ids are distinct. */
  get maySend(): boolean {
    return (
      this.windows.remoteIncoming > 0 &&
      this.#rest === undefined &&
      this.port.outbound.pendingBytes < this.port.broker.limits.slowReaderBytes &&
      this.#unsettled.reaches(this.#nextDeliveryId)
    )
  }

  isAttached(link: SessionLink): boolean {
    return this.#handles[link.handle] === link
  }

  /** The link of a name on which the peer sends. */
  incomingNamed(name: string): IncomingLink | undefined {
    return this.#handles.find((link): link is IncomingLink => link?.role === "publisher" && link.name === name)
  }

  /** The link of a name on which the peer receives. */
  outgoingNamed(name: string): OutgoingLink | undefined {
    return this.#handles.find((link): link is OutgoingLink => link?.role === "consumer" && link.name === name)
  }

  /** Raises `Amqp10Error` of the session or the connection; what concerns the link alone is answered here. */
  attach(attach: Composite<"attach">): void {
    const { handle } = attach
    if (handle > HANDLE_MAX) {
      throw new Amqp10Error("connection", CONDITION.framingError, `handle ${handle}, the largest is ${HANDLE_MAX}`)
    }
    if (this.#handles[handle] !== undefined) {
      throw new Amqp10Error("session", CONDITION.handleInUse, `handle ${handle} is in use`)
    }
    if (handle > this.#remoteHandleMax) {
      throw new Amqp10Error("session", CONDITION.notAllowed, `handle ${handle} is above the peer's own handle-max`)
    }
    this.#detachNamesake(attach)
    try {
      const { link, answer } = attachLink(this, attach)
      this.#handles[handle] = link
      this.port.send(this.channel, answer)
      if (link.role === "publisher") link.topUp()
    } catch (error) {
      const refusal = linkError(error)
      this.#handles[handle] = this.#detaching()
      this.port.send(this.channel, refusedAttach(attach))
      this.port.send(this.channel, { type: "detach", handle, closed: true, error: errorDraft(refusal) })
    }
  }

  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    if (!this.windows.received()) {
      throw new Amqp10Error("session", CONDITION.windowViolation, "a transfer beyond the incoming window")
    }
    const link = this.#attached(transfer.handle)
    if (link.role === "consumer") {
      throw new Amqp10Error("session", CONDITION.notAllowed, `a transfer on handle ${transfer.handle}, which receives`)
    }
    if (link.role === "publisher") {
      try {
        link.transfer(transfer, bytes, end)
      } catch (error) {
        this.detach(transfer.handle, linkError(error))
      }
    } else if (link.transfersLeft-- === 0) {
      throw new Amqp10Error(
        "session",
        CONDITION.errantLink,
        `transfers on handle ${transfer.handle}, which was detached`,
      )
    }
    if (this.windows.isHalfUsed && !this.port.isBlocked) this.sendFlow(ABSENT, ABSENT, ABSENT, ABSENT, false)
  }

  flow(received: FlowFields): void {
    const couldSend = this.windows.remoteIncoming > 0
    this.windows.update(received)
    if (received.handle === ABSENT) {
      if (received.echo) this.sendFlow(ABSENT, ABSENT, ABSENT, ABSENT, false)
    } else {
      const link = this.#attached(received.handle)
      if (link.role !== "detaching") link.flow(received)
    }
    if (!couldSend && this.windows.remoteIncoming > 0) this.#resume()
  }

  /** `outcome` is undefined for a state that is none; `annotations` are what the peer adds to the messages. */
  disposition(
    role: boolean,
    first: number,
    last: number,
    settled: boolean,
    outcome: Outcome | undefined,
    annotations: Value | undefined,
  ): void {
    if (role === ROLE.sender) {
      if (settled) this.#pending.silence(first, last)
      return
    }
    if (outcome === undefined && !settled) return
    const couldReach = this.#unsettled.reaches(this.#nextDeliveryId)
    const added = annotations === undefined ? undefined : addedAnnotations(annotations)
    const count = this.#unsettled.settle(first, last, outcome, added)
    if (!couldReach) this.wake()
    if (!settled && outcome !== undefined && count > 0) {
      this.#sendDisposition(ROLE.sender, first, last, true, STATE_OF_OUTCOME[outcome])
    }
  }

  /** The peer's detach. */
  detached({ handle, closed }: Composite<"detach">): void {
    const link = this.#attached(handle)
    this.#handles[handle] = undefined
    if (link.role === "detaching") return
    this.#close(link)
    this.port.send(this.channel, { type: "detach", handle, closed })
  }

  /** Ends a link of our own accord. */
  detach(handle: number, error: Amqp10Error): void {
    const link = this.#handles[handle]
    if (link === undefined || link.role === "detaching") return
    this.#handles[handle] = this.#detaching()
    this.#close(link)
    this.port.broker.log.debug("link detached", { condition: error.condition, reason: error.message, link: link.name })
    this.port.send(this.channel, { type: "detach", handle, closed: true, error: errorDraft(error) })
  }

  /** Sends the dispositions of everything that is durable up to the watermark; returns whether something still waits. */
  flush(watermark: number): boolean {
    this.isFlushDue = false
    this.#pending.flush(watermark, this.sendOutcome)
    return this.#pending.count > 0
  }

  /** The disposition of a delivery is due once `ticket` is durable. */
  acknowledge(deliveryId: number, ticket: number, outcome: OutcomeNumber, link: Acknowledged): void {
    this.#pending.add(deliveryId, ticket, outcome, link)
    if (ticket > 0) this.port.awaitStored()
    else if (!this.isFlushDue) this.port.flushAtTurnEnd(this)
  }

  forgetPending(link: Acknowledged): void {
    this.#pending.forget(link)
  }

  /** Sends an entry; `tellsCounts` and `isStable` as in `sendDelivery`. */
  deliver(link: ConsumerLink, entry: Entry, message: Message, tellsCounts: boolean, isStable: boolean): void {
    const deliveryId = this.#nextDeliveryId
    this.#nextDeliveryId = serialAdd(deliveryId, 1)
    const { settlesOnDelivery } = link
    if (!settlesOnDelivery) this.#unsettled.add(deliveryId, link, entry)
    this.#rest = sendDelivery(this, link.handle, deliveryId, settlesOnDelivery, message, entry, tellsCounts, isStable)
  }

  /** Sends a whole message that is settled; to be asked for only while `maySend`. */
  sendSettled(handle: number, message: Uint8Array): void {
    const deliveryId = this.#nextDeliveryId
    this.#nextDeliveryId = serialAdd(deliveryId, 1)
    this.#rest = new OutgoingRest(handle, deliveryId, true, NO_BYTES, message).resume(this)
  }

  releaseDeliveries(link: Settler): void {
    this.#unsettled.settleAll("released", link)
  }

  /** Tells the windows and, with a handle, the state of a link. */
  sendFlow(handle: number, deliveryCount: number, linkCredit: number, available: number, drain: boolean): void {
    const { isBlocked } = this.port
    if (!isBlocked) this.windows.reopen()
    flow.nextIncomingId = this.windows.nextIncomingId
    flow.incomingWindow = isBlocked ? 0 : this.windows.incoming
    flow.nextOutgoingId = this.windows.nextOutgoingId
    flow.outgoingWindow = OUTGOING_WINDOW
    flow.handle = handle
    flow.deliveryCount = deliveryCount
    flow.linkCredit = linkCredit
    flow.available = available
    flow.drain = drain
    const { bytes, start } = this.port.reserve(flowBytes(flow))
    putFlow(bytes, start, this.channel, flow)
  }

  /** The broker refuses publishes, or takes them again. */
  blockedChanged(): void {
    this.sendFlow(ABSENT, ABSENT, ABSENT, ABSENT, false)
    if (this.port.isBlocked) return
    for (const link of this.#handles) if (link?.role === "publisher") link.topUp()
  }

  /** The socket keeps up again. */
  wake(): void {
    for (const link of this.#handles) if (link?.role === "consumer") link.wake()
  }

  /** Ends every link without a word: first the broker hears that none takes more, then everything goes back in one pass. */
  close(): void {
    for (const link of this.#handles) if (link?.role === "consumer") link.stop()
    this.#unsettled.settleAll("failed")
    this.#pending.clear()
    for (const [handle, link] of this.#handles.entries()) {
      if (link === undefined || link.role === "detaching") continue
      this.#handles[handle] = undefined
      this.#close(link)
    }
  }

  #attached(handle: number): Handle {
    const link = this.#handles[handle]
    if (link !== undefined) return link
    throw new Amqp10Error("session", CONDITION.unattachedHandle, `handle ${handle} is not attached`)
  }

  #detaching(): Detaching {
    return { role: "detaching", transfersLeft: this.windows.incoming }
  }

  /** A link of the same name and direction gives way to the new one (part 2, 2.6.1). */
  #detachNamesake({ name, role }: Composite<"attach">): void {
    const link = role === ROLE.sender ? this.incomingNamed(name) : this.outgoingNamed(name)
    if (link === undefined) return
    this.detach(link.handle, new Amqp10Error("link", CONDITION.stolen, `link '${name}' was attached again`))
  }

  #close(link: SessionLink): void {
    if (this.#rest?.handle === link.handle) this.#rest = undefined
    link.close()
  }

  /** Sends what the window had cut short, then lets the consumers go on. */
  #resume(): void {
    this.#rest = this.#rest?.resume(this)
    if (this.#rest === undefined) this.wake()
  }

  #sendDisposition(role: boolean, first: number, last: number, settled: boolean, state: Uint8Array): void {
    const { bytes, start } = this.port.reserve(dispositionBytes(state.length))
    putDisposition(bytes, start, this.channel, role, first, last, settled, state)
  }
}
