import type { Composite } from "../codec/composites.ts"
import { CONDITION, ROLE } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"
import type { IncomingLink, OutgoingLink, SessionLink } from "./session-link.ts"

/** Largest handle that a peer may use. */
export const HANDLE_MAX = 255

/** A link that we have detached, until the peer has answered. */
export interface Detaching {
  readonly role: "detaching"
  /** Transfers that can have been on their way when we detached it: as many as the window then allowed. */
  transfersLeft: number
}

/** The links of one session by handle, which is the same both ways (AMQP 1.0 part 2, 2.6.2). */
export class LinkTable {
  readonly #links: (SessionLink | Detaching | undefined)[] = []
  readonly #peerHandleMax: number

  constructor(peerHandleMax: number) {
    this.#peerHandleMax = peerHandleMax
  }

  /** Raises `Amqp10Error` of the session or the connection when a link cannot have this handle. */
  checkFree(handle: number): void {
    if (handle > HANDLE_MAX) {
      throw new Amqp10Error("connection", CONDITION.framingError, `handle ${handle}, the largest is ${HANDLE_MAX}`)
    }
    if (this.#links[handle] !== undefined) {
      throw new Amqp10Error("session", CONDITION.handleInUse, `handle ${handle} is in use`)
    }
    if (handle > this.#peerHandleMax) {
      throw new Amqp10Error("session", CONDITION.notAllowed, `handle ${handle} is above the peer's own handle-max`)
    }
  }

  /** Raises `Amqp10Error` of the session for a handle that is free. */
  at(handle: number): SessionLink | Detaching {
    const link = this.#links[handle]
    if (link !== undefined) return link
    throw new Amqp10Error("session", CONDITION.unattachedHandle, `handle ${handle} is not attached`)
  }

  set(handle: number, link: SessionLink | Detaching): void {
    this.#links[handle] = link
  }

  free(handle: number): void {
    this.#links[handle] = undefined
  }

  has(link: SessionLink): boolean {
    return this.#links[link.handle] === link
  }

  /** The link of a name on which the peer sends. */
  incomingNamed(name: string): IncomingLink | undefined {
    return this.#links.find((link): link is IncomingLink => link?.role === "publisher" && link.name === name)
  }

  /** The link of a name on which the peer receives. */
  outgoingNamed(name: string): OutgoingLink | undefined {
    return this.#links.find((link): link is OutgoingLink => link?.role === "consumer" && link.name === name)
  }

  /** The link of the same name and direction as the one that is to be attached. */
  namesake({ name, role }: Composite<"attach">): SessionLink | undefined {
    return role === ROLE.sender ? this.incomingNamed(name) : this.outgoingNamed(name)
  }

  /** Every link that is attached. */
  *attached(): Iterable<SessionLink> {
    for (const link of this.#links) if (link !== undefined && link.role !== "detaching") yield link
  }
}
