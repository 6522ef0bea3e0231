import type { Socket } from "node:net"
import type { Broker, Peer } from "@polymq/broker"

/** How long a peer that was refused may take to read why, in milliseconds. */
const LINGER_MS = 2000

/** What a socket goes through before it is a connection. */
export interface Stage {
  /** For the log: "TLS handshake". */
  readonly name: string
  /** Name of the listener, for the log. */
  readonly listener: string
  readonly timeoutMs: number
  /** Bytes that may arrive before it is over; looked at once a second. */
  readonly maxBytes: number
}

/** A socket on its way to become a connection. It ends with one log line, whatever the peer does. */
export class Arrival {
  readonly socket: Socket
  readonly peer: Peer
  readonly #stage: Stage
  readonly #arrivals: Arrivals
  readonly #over: () => void
  #deadlineMs: number
  #state: "under-way" | "refused" | "over" = "under-way"
  #error = ""

  constructor(socket: Socket, peer: Peer, stage: Stage, arrivals: Arrivals, over: () => void) {
    this.socket = socket
    this.peer = peer
    this.#stage = stage
    this.#arrivals = arrivals
    this.#over = over
    this.#deadlineMs = arrivals.broker.turn.nowMs() + stage.timeoutMs
    socket.on("error", this.#failed)
    socket.on("close", this.#closed)
  }

  get isUnderWay(): boolean {
    return this.#state === "under-way"
  }

  /** Its time begins anew. */
  extend(): void {
    this.#deadlineMs = this.#arrivals.broker.turn.nowMs() + this.#stage.timeoutMs
  }

  /** The stage is over: somebody else looks after the socket, which has to have listeners of its own by now. */
  done(): void {
    if (this.#state !== "under-way") return
    this.#end()
    this.socket.off("error", this.#failed)
    this.socket.off("close", this.#closed)
    this.#arrivals.forget(this)
  }

  /** Ends it at once. */
  fail(reason: string): void {
    this.refuse(reason)
    this.socket.destroy()
  }

  /** Logs why it ends; the peer is being told, and has a moment to read it. */
  refuse(reason: string): void {
    if (this.#state !== "under-way") return
    this.#end()
    this.#state = "refused"
    this.#deadlineMs = this.#arrivals.broker.turn.nowMs() + LINGER_MS
    const { address, port } = this.peer
    this.#arrivals.broker.log.info("connection closed", {
      protocol: this.#stage.listener,
      peer: address,
      port,
      reason,
    })
  }

  tick(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.fail(`no ${this.#stage.name} in time`)
    else if (this.socket.bytesRead > this.#stage.maxBytes) this.fail(`too many bytes for a ${this.#stage.name}`)
  }

  #end(): void {
    this.#state = "over"
    this.#over()
  }

  readonly #failed = (error: NodeJS.ErrnoException): void => {
    this.#error = error.code === "ECONNRESET" ? "" : error.message
  }

  readonly #closed = (): void => {
    // What is built on this socket may know better why, and says so within this turn of the event loop.
    setImmediate(() => {
      this.refuse(this.#error || `the peer closed it during the ${this.#stage.name}`)
      this.#arrivals.forget(this)
    })
  }
}

/** The sockets of all listeners that are not connections yet. */
export class Arrivals {
  readonly broker: Broker
  readonly #all = new Set<Arrival>()

  constructor(broker: Broker) {
    this.broker = broker
  }

  /** Looks after a socket from now on; `over` is called once, when it stops being under way. */
  begin(socket: Socket, peer: Peer, stage: Stage, over: () => void): Arrival {
    const arrival = new Arrival(socket, peer, stage, this, over)
    this.#all.add(arrival)
    return arrival
  }

  /** Once a second: ends those that take too long. */
  tick(nowMs: number): void {
    for (const arrival of this.#all) arrival.tick(nowMs)
  }

  /** Ends all of them. */
  close(reason: string): void {
    for (const arrival of this.#all) arrival.fail(reason)
  }

  forget(arrival: Arrival): void {
    this.#all.delete(arrival)
  }
}
