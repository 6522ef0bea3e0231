import { CONDITION } from "../codec/constants.ts"
import type { FlowFields } from "../codec/hot-fields.ts"
import { Amqp10Error } from "../errors.ts"
import { OutgoingCredit } from "../session/outgoing-credit.ts"
import type { Amqp10Session } from "../session/session.ts"
import type { OutgoingLink } from "../session/session-link.ts"

/** What the half of a pair is made of on which the peer receives. */
export interface ResponseLinkRequest {
  readonly name: string
  readonly handle: number
  /** The peer's end of the pair: the address of its target. */
  readonly peerAddress: string | undefined
  /** Largest message that the peer takes, in bytes; Infinity without a limit. */
  readonly maxMessageBytes: number
}

/** The link of a pair on which responses leave, settled, in the order of the requests. */
export class ResponseLink implements OutgoingLink {
  readonly role = "consumer"
  readonly name: string
  readonly handle: number
  readonly peerAddress: string | undefined
  readonly #session: Amqp10Session
  readonly #maxMessageBytes: number
  readonly #credit = new OutgoingCredit()
  /** Responses that wait for credit, window or socket: at most as many as the credit for requests. */
  #waiting: Uint8Array[] = []

  constructor(request: ResponseLinkRequest, session: Amqp10Session) {
    this.name = request.name
    this.handle = request.handle
    this.peerAddress = request.peerAddress
    this.#maxMessageBytes = request.maxMessageBytes
    this.#session = session
  }

  /** Responses that have not left. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Sends a response as soon as the peer takes it. Raises `Amqp10Error` of the session when too many bytes wait. */
  respond(response: Uint8Array): void {
    if (response.length > this.#maxMessageBytes) {
      const description = `a response of ${response.length} bytes for a link that takes ${this.#maxMessageBytes}`
      this.#session.detach(this, new Amqp10Error("link", CONDITION.messageSizeExceeded, description))
      return
    }
    if (!this.#session.port.holdUnfinished(response.length)) {
      throw new Amqp10Error("session", CONDITION.resourceLimitExceeded, "too many responses wait for credit")
    }
    this.#waiting.push(response)
    this.#send()
  }

  flow(flow: FlowFields): void {
    this.#credit.update(flow)
    this.wake()
    if (flow.echo && !flow.drain) this.#sendFlow(false)
  }

  wake(): void {
    if (this.#send()) this.#session.links.incomingNamed(this.name)?.topUp()
  }

  stop(): void {
    this.#credit.stop()
  }

  close(): void {
    this.stop()
    for (const response of this.#waiting) this.#session.port.dropUnfinished(response.length)
    this.#waiting = []
  }

  /** Sends what the peer takes; returns whether that was anything. */
  #send(): boolean {
    const before = this.#waiting.length
    while (this.#credit.left > 0 && this.#session.deliveries.maySend) {
      const response = this.#waiting.shift()
      if (response === undefined) break
      this.#session.port.dropUnfinished(response.length)
      this.#credit.use()
      this.#session.deliveries.sendSettled(this.handle, response)
    }
    if (this.#credit.isDraining && (this.#credit.left === 0 || this.#waiting.length === 0)) {
      this.#credit.drain()
      this.#sendFlow(true)
    }
    return this.#waiting.length < before
  }

  #sendFlow(drain: boolean): void {
    this.#session.sendFlow(this.handle, this.#credit.deliveryCount, this.#credit.left, this.#waiting.length, drain)
  }
}
