import type { Broker } from "./broker.ts"
import type { Ticket } from "./store.ts"

/** Why a session wants nothing from its peer for a while. */
export type PauseReason =
  /** Its password is being checked. */
  | "authenticating"
  /** It publishes, and the broker refuses publishes. */
  | "alarm"
  /** Too much of what it has sent waits for answers. */
  | "unanswered"

/** Where a session writes to; given by the transport, drained once per turn. */
export interface Outbound {
  /** Room for `bytes` bytes to be written in place at once; the result object is reused by the next call. */
  reserve(bytes: number): Reservation
  /** Queues bytes by reference; for payloads of 1 KiB and more. They must not change any more. */
  share(bytes: Uint8Array, start: number, end: number): void
  /** Bytes not yet taken by the kernel: the bound that stops feeding a slow reader. */
  readonly pendingBytes: number
  /**
   * Whether nothing is read from the peer at present, because the session has paused it or because the peer asks for more
   * than it reads: it cannot show signs of life.
   */
  readonly isReadingPaused: boolean
  /** Reads nothing more while there is a reason not to; idempotent. */
  pauseReading(reason: PauseReason): void
  /**
   * Takes a reason back, or without one all that the session has given; idempotent. A peer that leaves its answers unread
   * is not read before it has taken them.
   */
  resumeReading(reason?: PauseReason): void
  /** Ends the connection after what is pending; `reason` is the log line of a closed connection. Idempotent. */
  close(reason: string): void
}

/** Room to write in: `bytes` from `start` on, for as many bytes as were asked for. */
export interface Reservation {
  readonly bytes: Uint8Array
  readonly start: number
}

/** One connection of a protocol, sans-IO and clock-free: it never throws, whatever it is given. */
export interface Session {
  /** Takes the bytes that arrived; they are lent to messages and never rewritten. */
  receive(chunk: Uint8Array, start: number, end: number): void
  /** Everything up to the watermark is durable: acknowledge it, in publish order. */
  stored(watermark: Ticket): void
  /** The broker refuses further publishes for now (a reason) or takes them again (undefined). */
  blocked(reason: string | undefined): void
  /** The socket has drained below its mark. */
  writable(): void
  /** Called about once a second: heartbeats and time-outs. */
  tick(nowMs: number): void
  /** The broker stops: say goodbye in the protocol's words and close. */
  shutdown(reason: string): void
  /** The transport is gone; nothing can be written any more. */
  lost(): void
}

/** The other end of a connection. */
export interface Peer {
  readonly address: string
  readonly port: number
  readonly isLoopback: boolean
  /** Whether the connection is encrypted (TLS). */
  readonly isSecure?: boolean
  /** Common name of the certificate that the peer has shown, verified against our certificate authority; else absent. */
  readonly certificateName?: string
}

/** One protocol's front door. */
export interface Door {
  /** Name as in `urls` and `--amqp`: "amqp", "mqtt". */
  readonly protocol: string
  /** Whether these first bytes of a connection are this protocol's; asked where doors share a port. */
  recognises(first: Uint8Array): "yes" | "no" | "need-more"
  open(peer: Peer, outbound: Outbound, broker: Broker): Session
}
