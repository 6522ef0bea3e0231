import type { Connection } from "../api/broker.ts"
import type { Session } from "../api/door.ts"
import type { HeldMemory } from "../memory/held-memory.ts"
import type { Census } from "./census.ts"

/** The connections that the broker knows. */
export class Connections {
  readonly #memory: HeldMemory
  readonly #census: Census
  readonly #onClosed: (session: Session) => void
  readonly #sessions = new Map<number, Session>()
  #last = 0

  /** `onClosed` is called for every session whose connection has closed. */
  constructor(memory: HeldMemory, census: Census, onClosed: (session: Session) => void) {
    this.#memory = memory
    this.#census = census
    this.#onClosed = onClosed
  }

  open(session: Session): Connection {
    const number = ++this.#last
    this.#sessions.set(number, session)
    return new KnownConnection(number, this)
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values()
  }

  /** What a closed connection gives up has been counted off with it. */
  gather(number: number, bytes: number): boolean {
    return this.#sessions.has(number) && this.#memory.gather(bytes)
  }

  close(number: number, gatheredBytes: number): void {
    const session = this.#sessions.get(number)
    if (session === undefined) return
    this.#sessions.delete(number)
    this.#memory.gather(-gatheredBytes)
    this.#census.leave(number)
    this.#onClosed(session)
  }
}

/** Small, because there are as many as connections. */
class KnownConnection implements Connection {
  readonly number: number
  readonly #connections: Connections
  #gatheredBytes = 0

  constructor(number: number, connections: Connections) {
    this.number = number
    this.#connections = connections
  }

  gather(bytes: number): boolean {
    if (!this.#connections.gather(this.number, bytes)) return false
    this.#gatheredBytes += bytes
    return true
  }

  close(): void {
    this.#connections.close(this.number, this.#gatheredBytes)
  }
}
