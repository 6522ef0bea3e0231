import type { Access } from "./access.ts"
import type { Peer, Session } from "./door.ts"
import type { Limits } from "./limits.ts"
import type { Log } from "./log.ts"
import type { Turn } from "./turn.ts"

/** Somebody who has proved who they are. */
export interface User {
  readonly name: string
  readonly tags: readonly string[]
}

/** A connection that the broker knows: told of durability, alarms and shutdown. */
export interface Connection {
  /** Unique while the broker runs, from 1. */
  readonly number: number
  /**
   * Counts bytes that the session gathers of what has not arrived whole; a negative number counts them off. False, and
   * nothing is counted, where all connections together would gather more than a quarter of the memory mark: the session
   * is then to end what it gathers for.
   */
  gather(bytes: number): boolean
  /** Forgets the connection. Idempotent. */
  close(): void
}

/** The broker as doors see it; it does not know which protocols exist. */
export interface Broker {
  readonly limits: Limits
  readonly turn: Turn
  readonly log: Log
  /**
   * Why publishers are paused at present: "memory", until enough of it is free again, or "store", for good, because the
   * store can no longer write; undefined when they are not.
   */
  readonly blockedReason: string | undefined

  /** Makes a session known: from now on `blocked` reaches it; `tick` and `shutdown` come from its transport. */
  connect(session: Session, peer: Peer, protocol: string): Connection
  /**
   * Checks a password, in constant time and one at a time; `done` is called at once when the answer is cached. Without
   * a user name: the anonymous user, from loopback only, or with "certificate" the one whom `peer.certificateName` names,
   * without a password. The default user is accepted from loopback only.
   */
  authenticate(
    credentials: { readonly username: string; readonly password: string } | "anonymous" | "certificate",
    peer: Peer,
    done: (user: User | undefined) => void,
  ): void
  /** The vhost as this connection may use it. Raises `NOT_FOUND`, `ACCESS_REFUSED` or `LIMIT_EXCEEDED`, all of connection scope. */
  access(connection: Connection, user: User, vhost: string): Access
  /** Calls `session.stored` at the next watermark, once; ask again while something is still waiting. */
  awaitStored(session: Session): void
}
