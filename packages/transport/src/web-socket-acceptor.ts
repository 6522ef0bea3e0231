import type { IncomingMessage, Server, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Broker, Peer } from "@polymq/broker"
import type { WebSocketServer } from "ws"
import { type AllowedOrigins, isAllowedOrigin } from "./allowed-origin.ts"
import type { Arrival, Arrivals, Stage } from "./arrivals.ts"
import { WebSocketStream } from "./web-socket-stream.ts"

/** Line and headers of the one request that a connection makes. */
const MAX_HEADER_BYTES = 8 * 1024
/** What one message may be larger than the largest message of the broker: the packet around it. */
const MAX_PACKET_OVERHEAD_BYTES = 256 * 1024
/** Parts of one message. */
const MAX_FRAGMENTS = 4096
/** Pieces in which the network may bring one frame. */
const MAX_CHUNKS = 64 * 1024
/** Pings that are not answered because the peer does not read. */
const MAX_PENDING_PONGS = 16
/** How long a peer may take to answer a close frame, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000
/** Of what a peer has sent, in a line of the log. */
const MAX_SHOWN_CHARACTERS = 200
/** Packets of the largest size before login that may arrive before the first is answered. */
const MAX_UNANSWERED_PACKETS = 2

/** What a WebSocket listener wants of its clients. */
export interface WebSocketRules {
  /** The one path that there is: "/ws". */
  readonly path: string
  /** Names of which the client has to offer one, the preferred first. */
  readonly subprotocols: readonly string[]
  readonly allowedOrigins: AllowedOrigins
}

/** What a WebSocket acceptor is made of. */
export interface WebSocketAcceptorParts {
  /** Name of the listener, for the log. */
  readonly listener: string
  readonly broker: Broker
  readonly arrivals: Arrivals
  /** Takes the byte streams of the WebSockets that were opened. */
  readonly next: (stream: Duplex, peer: Peer) => void
}

/** Why a request is not upgraded, by the status that says so. */
const REFUSALS = {
  400: "not a WebSocket upgrade with one of the subprotocols",
  403: "its origin is not among webSocket.allowedOrigins",
  404: "no such path",
  426: "a request without an upgrade to WebSocket",
  431: "too long a header",
} as const

type Refusal = keyof typeof REFUSALS

/** Takes sockets through the HTTP request that upgrades them to WebSocket (RFC 6455, 4.2). */
export class WebSocketAcceptor {
  readonly #rules: WebSocketRules
  readonly #parts: WebSocketAcceptorParts
  readonly #stage: Stage
  readonly #maxUnansweredBytes: number
  /** Neither of them listens: the first is given the sockets, the second the requests. */
  readonly #http: Server
  readonly #webSockets: WebSocketServer
  readonly #arrivals = new WeakMap<Duplex, Arrival>()

  /** Loads what WebSocket needs. */
  static async create(rules: WebSocketRules, parts: WebSocketAcceptorParts): Promise<WebSocketAcceptor> {
    const [http, { WebSocketServer }] = await Promise.all([import("node:http"), import("ws")])
    const { limits } = parts.broker
    const options = {
      noServer: true,
      clientTracking: false,
      // Nothing is ever compressed: no decompression bombs.
      perMessageDeflate: false,
      maxPayload: limits.maxMessageBytes + MAX_PACKET_OVERHEAD_BYTES,
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_CHUNKS,
      maxPendingAutoPongs: MAX_PENDING_PONGS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: (offered: ReadonlySet<string>) => rules.subprotocols.find((one) => offered.has(one)) ?? false,
    }
    return new WebSocketAcceptor(
      rules,
      parts,
      http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }),
      new WebSocketServer(options),
    )
  }

  private constructor(rules: WebSocketRules, parts: WebSocketAcceptorParts, http: Server, webSockets: WebSocketServer) {
    const { limits } = parts.broker
    this.#rules = rules
    this.#parts = parts
    this.#stage = {
      name: "WebSocket upgrade",
      listener: parts.listener,
      timeoutMs: limits.handshakeTimeoutMs,
      maxBytes: Number.POSITIVE_INFINITY,
    }
    this.#maxUnansweredBytes = MAX_UNANSWERED_PACKETS * limits.maxPacketBytesBeforeLogin
    this.#http = http
    this.#webSockets = webSockets
    http.on("request", (request, response) => this.#plainRequest(request, response))
    http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head))
    http.on("clientError", (error: NodeJS.ErrnoException, socket) =>
      this.#refuse(socket, error.code === "HPE_HEADER_OVERFLOW" ? 431 : 400),
    )
    webSockets.on("wsClientError", (_error, socket) => this.#refuse(socket, 400))
  }

  /** Takes a socket whose bytes are HTTP. */
  accept(socket: Socket, peer: Peer): void {
    this.#arrivals.set(
      socket,
      this.#parts.arrivals.begin(socket, peer, this.#stage, () => this.#arrivals.delete(socket)),
    )
    this.#http.emit("connection", socket)
  }

  #plainRequest(request: IncomingMessage, response: ServerResponse): void {
    const status = this.#isOurPath(request) ? 426 : 404
    this.#arrivals.get(request.socket)?.refuse(REFUSALS[status])
    response.writeHead(status, { connection: "close", ...(status === 426 ? { upgrade: "websocket" } : {}) }).end()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { headers } = request
    const { subprotocols, allowedOrigins } = this.#rules
    const offered = headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim()) ?? []
    // Version 8 of the protocol has a name of its own for it.
    const origin = headers.origin ?? headers["sec-websocket-origin"]?.toString()
    if (!this.#isOurPath(request)) this.#refuse(socket, 404)
    else if (!isAllowedOrigin(origin, allowedOrigins)) this.#refuse(socket, 403, origin)
    else if (!subprotocols.some((name) => offered.includes(name))) this.#refuse(socket, 400)
    else {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        const arrival = this.#arrivals.get(socket)
        const stream = new WebSocketStream(webSocket, socket, this.#maxUnansweredBytes)
        if (arrival === undefined) {
          stream.destroy()
          return
        }
        this.#parts.next(stream, arrival.peer)
        arrival.done()
      })
    }
  }

  #isOurPath({ url = "" }: IncomingMessage): boolean {
    const query = url.indexOf("?")
    return (query < 0 ? url : url.slice(0, query)) === this.#rules.path
  }

  #refuse(socket: Duplex, status: Refusal, detail = ""): void {
    const shown = detail === "" ? "" : `: ${detail.slice(0, MAX_SHOWN_CHARACTERS)}`
    this.#arrivals.get(socket)?.refuse(REFUSALS[status] + shown)
    if (!socket.writable) {
      socket.destroy()
      return
    }
    const upgrade = status === 400 ? "Sec-WebSocket-Version: 13\r\n" : ""
    socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n${upgrade}\r\n`)
    // Discarded, so that the peer's end is found behind it.
    socket.resume()
  }
}
