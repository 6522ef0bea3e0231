import type { Server, Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Broker, Door, Peer } from "@polymq/broker"
import { bindServers, type ListenAddress, portOf } from "./bind-server.ts"
import { Connection, type ConnectionContext } from "./connection.ts"
import { connectPair } from "./duplex-pair.ts"
import { isLoopback } from "./is-loopback.ts"
import { WriteBuffers } from "./write-buffers.ts"

const SHORT_TICK_MS = 100
/** Every tenth of the short ticks is a tick: once a second. */
const SHORT_TICKS = 10

/** What a transport is made of. */
export interface TransportOptions {
  readonly broker: Broker
  /** Called about once a second while the transport is open, after the connections' own time-outs. */
  readonly tick?: (nowMs: number) => void
  /** Called between the ticks, so that one of both is called about ten times a second: for what must not be a second late. */
  readonly tickSoon?: (nowMs: number) => void
}

/** A listener that accepts connections. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/** All sockets of one broker, and the one interval that everything with a time-out hangs on. */
export class Transport {
  readonly #broker: Broker
  readonly #tick: (nowMs: number) => void
  readonly #tickSoon: (nowMs: number) => void
  readonly #buffers = new WriteBuffers()
  readonly #servers: Server[] = []
  readonly #connections = new Set<Connection>()
  #interval: NodeJS.Timeout | undefined
  #shortTicks = 0
  #whenEmpty: (() => void) | undefined

  constructor(options: TransportOptions) {
    this.#broker = options.broker
    this.#tick = options.tick ?? (() => {})
    this.#tickSoon = options.tickSoon ?? (() => {})
  }

  /** Connections that are open or closing. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /**
   * Accepts connections for the doors, which share the port. Raises `ListenError`.
   */
  async listen(address: ListenAddress, doors: readonly [Door, ...Door[]]): Promise<Listening> {
    const context = this.#contextOf(doors)
    const servers = await bindServers(address, (socket) => this.#accept(socket, context))
    for (const server of servers) {
      server.on("error", (error) =>
        this.#broker.log.warn("cannot accept", { listener: address.name, reason: error.message }),
      )
    }
    this.#servers.push(...servers)
    this.#startTicking()
    return { host: address.host ?? "127.0.0.1", port: portOf(servers[0]) }
  }

  /** A connection to the doors without a socket; the result is the client's end. */
  connectInMemory(doors: readonly [Door, ...Door[]]): Duplex {
    const [client, server] = connectPair()
    this.#adopt(server, { address: "127.0.0.1", port: 0, isLoopback: true }, this.#contextOf(doors))
    this.#startTicking()
    return client
  }

  /**
   * Accepts nothing more, lets every session say goodbye with `reason`, and destroys after `graceMs` what has not closed
   * by then. Resolves when no handle is left.
   */
  async close(reason: string, graceMs: number): Promise<void> {
    const closed = this.#servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))
    for (const connection of this.#connections) connection.shutdown(reason)
    await this.#emptied(graceMs)
    clearInterval(this.#interval)
    this.#interval = undefined
    await Promise.all(closed)
    // Node says that a server is closed before its handle is: that takes the rest of this turn of the event loop.
    await turnOver()
    await turnOver()
  }

  async #emptied(graceMs: number): Promise<void> {
    if (this.#connections.size === 0) return
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve
    })
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy("it did not close in time")
    }, graceMs)
    await empty
    clearTimeout(deadline)
  }

  #contextOf(doors: readonly [Door, ...Door[]]): ConnectionContext {
    return { doors, broker: this.#broker, buffers: this.#buffers, gone: (connection) => this.#forget(connection) }
  }

  #accept(socket: Socket, context: ConnectionContext): void {
    const address = socket.remoteAddress
    // Gone between the kernel's accept and ours.
    if (address === undefined) socket.destroy()
    else this.#adopt(socket, { address, port: socket.remotePort ?? 0, isLoopback: isLoopback(address) }, context)
  }

  #adopt(socket: Duplex, peer: Peer, context: ConnectionContext): void {
    this.#connections.add(new Connection(socket, peer, context))
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#whenEmpty?.()
  }

  #startTicking(): void {
    this.#interval ??= setInterval(() => this.#ticked(), SHORT_TICK_MS).unref()
  }

  #ticked(): void {
    const nowMs = this.#broker.turn.nowMs()
    const isFullSecond = ++this.#shortTicks % SHORT_TICKS === 0
    if (isFullSecond) for (const connection of this.#connections) connection.tick(nowMs)
    try {
      if (isFullSecond) this.#tick(nowMs)
      else this.#tickSoon(nowMs)
    } catch (error) {
      this.#broker.log.error("tick failed", { stack: error instanceof Error ? error.stack : String(error) })
    }
  }
}

function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
