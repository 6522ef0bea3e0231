import type { Outcome } from "@polymq/broker"
import type { Value } from "@polymq/message"
import type { Composite } from "../codec/composites.ts"
import { CONDITION, ROLE } from "../codec/constants.ts"
import { ABSENT, createFlowFields, type FlowFields, type TransferFields } from "../codec/hot-fields.ts"
import { dispositionBytes, flowBytes, putDisposition, putFlow } from "../codec/put-frames.ts"
import { serialCompare } from "../codec/serial.ts"
import { Amqp10Error, errorDraft, linkError } from "../errors.ts"
import { addedAnnotations } from "./added-annotations.ts"
import { attachLink, refusedAttach } from "./attach.ts"
import type { ConnectionPort } from "./connection-port.ts"
import { FullQueues } from "./full-queues.ts"
import { HANDLE_MAX, LinkTable } from "./link-table.ts"
import { OutgoingDeliveries } from "./outgoing-deliveries.ts"
import { type Acknowledged, type OutcomeNumber, PendingSettlements } from "./pending-settlements.ts"
import { encodedOutcome, isSettledFirst, SETTLED_SECOND } from "./publish-outcomes.ts"
import type { SessionLink } from "./session-link.ts"
import { STATE_OF_OUTCOME } from "./settled-outcomes.ts"
import { Windows } from "./windows.ts"

/** Transfers that we announce to be able to send: there is no bound of ours. */
const OUTGOING_WINDOW = 0x7fff_ffff

/** Scratch of `sendFlow`. */
const flow = createFlowFields()

/** One session: windows, links, and the deliveries under way both ways (AMQP 1.0 part 2, 2.5 and 2.6). */
export class Amqp10Session {
  readonly channel: number
  readonly port: ConnectionPort
  readonly windows: Windows
  readonly fullQueues: FullQueues
  readonly links: LinkTable
  readonly deliveries: OutgoingDeliveries
  readonly #pending = new PendingSettlements()
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
    this.links = new LinkTable(begin.handleMax)
    this.deliveries = new OutgoingDeliveries(this)
    port.send(channel, {
      type: "begin",
      remoteChannel: channel,
      nextOutgoingId: this.windows.nextOutgoingId,
      incomingWindow: port.isBlocked ? 0 : this.windows.incoming,
      outgoingWindow: OUTGOING_WINDOW,
      handleMax: HANDLE_MAX,
    })
  }

  /** Raises `Amqp10Error` of the session or the connection; what concerns the link alone is answered here. */
  attach(attach: Composite<"attach">): void {
    const { handle, name } = attach
    this.links.checkFree(handle)
    const namesake = this.links.namesake(attach)
    if (namesake !== undefined) {
      // Part 2, 2.6.1: the new link takes the name over.
      this.detach(namesake, new Amqp10Error("link", CONDITION.stolen, `link '${name}' was attached again`))
    }
    try {
      const { link, answer } = attachLink(this, attach)
      this.links.set(handle, link)
      this.port.send(this.channel, answer)
      if (link.role === "publisher") link.topUp()
    } catch (error) {
      const refusal = linkError(error)
      this.#setDetaching(handle)
      this.port.send(this.channel, refusedAttach(attach))
      this.port.send(this.channel, { type: "detach", handle, closed: true, error: errorDraft(refusal) })
    }
  }

  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    if (!this.windows.received()) {
      throw new Amqp10Error("session", CONDITION.windowViolation, "a transfer beyond the incoming window")
    }
    const link = this.links.at(transfer.handle)
    if (link.role === "consumer") {
      throw new Amqp10Error("session", CONDITION.notAllowed, `a transfer on handle ${transfer.handle}, which receives`)
    }
    if (link.role === "publisher") {
      try {
        link.transfer(transfer, bytes, end)
      } catch (error) {
        this.detach(link, linkError(error))
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
      const link = this.links.at(received.handle)
      if (link.role !== "detaching") link.flow(received)
    }
    if (!couldSend && this.windows.remoteIncoming > 0 && this.deliveries.resume()) this.wake()
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
    if (serialCompare(first, last) > 0) {
      throw new Amqp10Error("session", CONDITION.invalidField, `a disposition from ${first} to ${last}`)
    }
    if (role === ROLE.sender) {
      if (settled) this.#pending.silence(first, last)
      return
    }
    if (outcome === undefined && !settled) return
    const wasDistinct = this.deliveries.isNextDistinct
    const added = annotations === undefined ? undefined : addedAnnotations(annotations)
    const count = this.deliveries.settle(first, last, outcome, added)
    if (!wasDistinct) this.wake()
    if (!settled && outcome !== undefined && count > 0) {
      this.#sendDisposition(ROLE.sender, first, last, true, STATE_OF_OUTCOME[outcome])
    }
  }

  /** The peer's detach. */
  detached({ handle, closed }: Composite<"detach">): void {
    const link = this.links.at(handle)
    this.links.free(handle)
    if (link.role === "detaching") return
    this.#close(link)
    this.port.send(this.channel, { type: "detach", handle, closed })
  }

  /** Ends an attached link of our own accord. */
  detach(link: SessionLink, error: Amqp10Error): void {
    const { handle, name } = link
    if (!this.links.has(link)) return
    this.#setDetaching(handle)
    this.#close(link)
    this.port.broker.log.debug("link detached", { condition: error.condition, reason: error.message, link: name })
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
    for (const link of this.links.attached()) if (link.role === "publisher") link.topUp()
  }

  /** The socket keeps up again. */
  wake(): void {
    for (const link of this.links.attached()) if (link.role === "consumer") link.wake()
  }

  /** Ends every link without a word: first the broker hears that none takes more, then everything goes back in one pass. */
  close(): void {
    for (const link of this.links.attached()) if (link.role === "consumer") link.stop()
    this.deliveries.fail()
    this.#pending.clear()
    for (const link of this.links.attached()) {
      this.links.free(link.handle)
      this.#close(link)
    }
  }

  #setDetaching(handle: number): void {
    this.links.set(handle, { role: "detaching", transfersLeft: this.windows.incoming })
  }

  #close(link: SessionLink): void {
    this.deliveries.cutShort(link.handle)
    link.close()
  }

  #sendDisposition(role: boolean, first: number, last: number, settled: boolean, state: Uint8Array): void {
    const { bytes, start } = this.port.reserve(dispositionBytes(state.length))
    putDisposition(bytes, start, this.channel, role, first, last, settled, state)
  }
}
