import type { Buffer } from "node:buffer"
import { constants } from "node:crypto"
import type { Socket } from "node:net"
import type { PeerCertificate, Server, TLSSocket } from "node:tls"
import type { Peer } from "@polymq/broker"
import type { Accept } from "./accept.ts"
import type { Arrival, Arrivals, Stage } from "./arrivals.ts"
import { looksLikeTls } from "./looks-like-tls.ts"
import { certificateFault, tlsFault } from "./tls-fault.ts"
import type { TlsIdentity } from "./tls-identity.ts"

/** From the first byte to the end of the handshake, and as long for the first byte to come. */
const HANDSHAKE_MS = 5000
/** Several times what a handshake with long chains of certificates takes. */
const MAX_HANDSHAKE_BYTES = 256 * 1024
/** Handshakes under way on a listener. One more ends the oldest, which is the least likely to be still alive. */
const MAX_HANDSHAKES = 1024
/** Signing takes about a millisecond: everybody else has a turn in between. */
const HANDSHAKES_PER_TURN = 8

/** What a TLS acceptor is made of. */
export interface TlsAcceptorParts {
  /** Name of the listener, for the log. */
  readonly listener: string
  readonly arrivals: Arrivals
  /** Takes the sockets that are secure. */
  readonly next: Accept
}

/**
 * Takes sockets through the TLS handshake. A socket costs no more than any other until its first bytes have come and are
 * those of TLS; then handshakes begin a few at a time.
 */
export class TlsAcceptor {
  readonly #parts: TlsAcceptorParts
  readonly #stage: Stage
  readonly #createServer: typeof import("node:tls").createServer
  /** Never listens: it is given the sockets. */
  #server: Server
  /** Those whose first bytes have come, in that order. */
  readonly #greeted = new Set<Arrival>()
  /** Those that have begun, oldest first. */
  readonly #underWay = new Set<Arrival>()
  readonly #arrivals = new WeakMap<Server, Arrival>()

  /** Loads what TLS needs. Raises what OpenSSL says of an identity that it cannot use. */
  static async create(identity: TlsIdentity, parts: TlsAcceptorParts): Promise<TlsAcceptor> {
    const { createServer } = await import("node:tls")
    return new TlsAcceptor(identity, parts, createServer)
  }

  private constructor(
    identity: TlsIdentity,
    parts: TlsAcceptorParts,
    createServer: typeof import("node:tls").createServer,
  ) {
    this.#parts = parts
    this.#stage = {
      name: "TLS handshake",
      listener: parts.listener,
      timeoutMs: HANDSHAKE_MS,
      maxBytes: MAX_HANDSHAKE_BYTES,
    }
    this.#createServer = createServer
    this.#server = this.#serverWith(identity)
  }

  /** Handshakes that begin from now on use this one. Raises what OpenSSL says of an identity that it cannot use. */
  use(identity: TlsIdentity): void {
    this.#server = this.#serverWith(identity)
  }

  /** Takes a socket that the kernel has accepted. */
  accept(socket: Socket, peer: Peer): void {
    const arrival = this.#parts.arrivals.begin(socket, peer, this.#stage, () => {
      this.#greeted.delete(arrival)
      this.#underWay.delete(arrival)
    })
    socket.once("readable", () => this.#first(arrival))
  }

  #first(arrival: Arrival): void {
    if (!arrival.isUnderWay) return
    const { socket } = arrival
    const first = socket.read() as Buffer | null
    if (first === null) {
      arrival.fail("the peer closed it before the TLS handshake")
    } else if (!looksLikeTls(first)) {
      arrival.fail("no TLS on a port with TLS")
    } else {
      socket.unshift(first)
      this.#greeted.add(arrival)
      if (this.#greeted.size === 1) setImmediate(this.#startSome)
    }
  }

  readonly #startSome = (): void => {
    let count = 0
    for (const arrival of this.#greeted) {
      if (count++ === HANDSHAKES_PER_TURN) break
      this.#greeted.delete(arrival)
      this.#start(arrival)
    }
    if (this.#greeted.size > 0) setImmediate(this.#startSome)
  }

  #start(arrival: Arrival): void {
    if (this.#underWay.size === MAX_HANDSHAKES) {
      const [oldest] = this.#underWay
      oldest?.fail("too many TLS handshakes at once")
    }
    arrival.extend()
    // Until it is secure, a peer that has nothing more to say is gone.
    arrival.socket.allowHalfOpen = false
    this.#underWay.add(arrival)
    // Its events name a TLS socket of which nobody can tell where it came from, once it is closed: they come from a view of
    // the server that is this handshake's own.
    const view = Object.create(this.#server) as Server
    this.#arrivals.set(view, arrival)
    view.emit("connection", arrival.socket)
  }

  #serverWith({ certificate, key, certificateAuthority, verifyPeer }: TlsIdentity): Server {
    const asksPeer = certificateAuthority !== undefined
    const server = this.#createServer({
      cert: certificate,
      key,
      ...(asksPeer ? { ca: certificateAuthority } : {}),
      requestCert: asksPeer,
      // Without it a client may come without a certificate; `#secured` looks at those that are shown.
      rejectUnauthorized: asksPeer && verifyPeer,
      minVersion: "TLSv1.2",
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    })
    const arrivalOf = (view: Server): Arrival | undefined => this.#arrivals.get(view)
    const secured = (arrival: Arrival, socket: TLSSocket): void => this.#secured(arrival, socket, asksPeer, verifyPeer)
    server.on("secureConnection", function (this: Server, socket: TLSSocket) {
      const arrival = arrivalOf(this)
      if (arrival?.isUnderWay) secured(arrival, socket)
      else socket.destroy()
    })
    server.on("tlsClientError", function (this: Server, error: Error, socket: TLSSocket) {
      arrivalOf(this)?.fail(tlsFault(error, socket))
    })
    return server
  }

  #secured(arrival: Arrival, socket: TLSSocket, asksPeer: boolean, verifyPeer: boolean): void {
    const certificate: Partial<PeerCertificate> = asksPeer ? socket.getPeerCertificate() : {}
    const isShown = Object.keys(certificate).length > 0
    if (isShown && !socket.authorized) arrival.fail(certificateFault(socket))
    // Node counts a resumed session of TLS 1.3 as authorized that was opened without a certificate.
    else if (!isShown && verifyPeer) arrival.fail("the client has shown no certificate")
    else this.#accepted(arrival, socket, certificate.subject?.CN)
  }

  #accepted(arrival: Arrival, socket: TLSSocket, name: unknown): void {
    const peer = { ...arrival.peer, isSecure: true }
    socket.allowHalfOpen = true
    // Several common names are a list: nobody could say which of them is meant.
    const isName = typeof name === "string" && name !== ""
    this.#parts.next(socket, isName ? { ...peer, certificateName: name } : peer)
    arrival.done()
  }
}
