import type { Server, Socket } from "node:net"
import type { Duplex } from "node:stream"
import { type Broker, type Door, type Peer, stackOf } from "@polymq/broker"
import type { Accept } from "./accept.ts"
import { Arrivals } from "./arrivals.ts"
import { bindServers, type ListenAddress, portOf } from "./bind-server.ts"
import { Connection, type ConnectionContext } from "./connection.ts"
import { connectPair } from "./duplex-pair.ts"
import { isLoopback } from "./is-loopback.ts"
import { TlsAcceptor } from "./tls-acceptor.ts"
import type { TlsIdentity } from "./tls-identity.ts"
import { WebSocketAcceptor, type WebSocketRules } from "./web-socket-acceptor.ts"
import { WriteBuffers } from "./write-buffers.ts"

const TICK_MS = 1000

/** What a transport is made of. */
export interface TransportOptions {
  readonly broker: Broker
  /** Called about once a second while the transport is open, after the connections' own time-outs. */
  readonly tick?: (nowMs: number) => void
}

/** A listener that accepts connections. */
export interface Listening {
  readonly host: string
  readonly port: number
}

/** What a listener has between its sockets and its doors; nothing when absent. */
export interface ListenerLayers {
  /** Connections are encrypted. */
  readonly tls?: TlsIdentity | undefined
  /** Bytes come in the binary messages of WebSockets. */
  readonly webSocket?: WebSocketRules | undefined
}

/** All sockets of one broker, and the one interval that everything with a time-out hangs on. */
export class Transport {
  readonly #broker: Broker
  readonly #tick: (nowMs: number) => void
  readonly #buffers = new WriteBuffers()
  readonly #servers: Server[] = []
  readonly #tlsAcceptors: TlsAcceptor[] = []
  readonly #arrivals: Arrivals
  readonly #connections = new Set<Connection>()
  #interval: NodeJS.Timeout | undefined
  #whenEmpty: (() => void) | undefined

  constructor(options: TransportOptions) {
    this.#broker = options.broker
    this.#tick = options.tick ?? (() => {})
    this.#arrivals = new Arrivals(options.broker)
  }

  /** Connections that are open or closing. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /**
   * Accepts connections for the doors, which share the port. Raises `ListenError`, and what OpenSSL says of a TLS identity
   * that it cannot use.
   */
  async listen(
    address: ListenAddress,
    doors: readonly [Door, ...Door[]],
    layers: ListenerLayers = {},
  ): Promise<Listening> {
    const accept = await this.#layered(address.name, this.#contextOf(doors), layers)
    const servers = await bindServers(address, (socket) => accepted(socket, accept))
    for (const server of servers) {
      server.on("error", (error) =>
        this.#broker.log.warn("cannot accept", { listener: address.name, reason: error.message }),
      )
    }
    this.#servers.push(...servers)
    this.#startTicking()
    return { host: address.host ?? "127.0.0.1", port: portOf(servers[0]) }
  }

  /**
   * TLS connections that come from now on are shown this identity; those that are there stay as they are. Raises what
   * OpenSSL says of one that it cannot use; then the earlier one stays.
   */
  useTlsIdentity(identity: TlsIdentity): void {
    for (const acceptor of this.#tlsAcceptors) acceptor.use(identity)
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
    this.#arrivals.close(reason)
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

  /** What takes a socket through the layers of a listener, the outermost first. */
  async #layered(listener: string, context: ConnectionContext, { tls, webSocket }: ListenerLayers): Promise<Accept> {
    const broker = this.#broker
    const arrivals = this.#arrivals
    let accept: Accept = (socket, peer) => this.#adopt(socket, peer, context)
    if (webSocket !== undefined) {
      const next = (stream: Duplex, peer: Peer): void => this.#adopt(stream, peer, context)
      const acceptor = await WebSocketAcceptor.create(webSocket, { listener, broker, arrivals, next })
      accept = (socket, peer) => acceptor.accept(socket, peer)
    }
    if (tls !== undefined) {
      const acceptor = await TlsAcceptor.create(tls, { listener, arrivals, next: accept })
      this.#tlsAcceptors.push(acceptor)
      accept = (socket, peer) => acceptor.accept(socket, peer)
    }
    return accept
  }

  #adopt(socket: Duplex, peer: Peer, context: ConnectionContext): void {
    this.#connections.add(new Connection(socket, peer, context))
  }

  #forget(connection: Connection): void {
    this.#connections.delete(connection)
    if (this.#connections.size === 0) this.#whenEmpty?.()
  }

  #startTicking(): void {
    this.#interval ??= setInterval(() => this.#ticked(), TICK_MS).unref()
  }

  #ticked(): void {
    const nowMs = this.#broker.turn.nowMs()
    this.#arrivals.tick(nowMs)
    for (const connection of this.#connections) connection.tick(nowMs)
    try {
      this.#tick(nowMs)
    } catch (error) {
      this.#broker.log.error("tick failed", { stack: stackOf(error) })
    }
  }
}

function accepted(socket: Socket, accept: Accept): void {
  const address = socket.remoteAddress
  // Gone between the kernel's accept and ours.
  if (address === undefined) socket.destroy()
  else accept(socket, { address, port: socket.remotePort ?? 0, isLoopback: isLoopback(address) })
}

function turnOver(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
