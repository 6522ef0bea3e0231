import type { Broker, Peer, User } from "@polymq/broker"
import { encodeUtf8 } from "@polymq/wire"
import { PROTOCOL_HEADER } from "../codec/constants.ts"
import type { ArgumentsOf, Method } from "../codec/methods.ts"
import { Amqp091Error } from "../errors.ts"
import { type ClientCapabilities, NO_CAPABILITIES, readCapabilities } from "./client-capabilities.ts"
import type { FrameWriter } from "./frame-writer.ts"
import { type Negotiated, negotiate, offer } from "./negotiation.ts"
import { offeredMechanisms, readCredentials } from "./sasl.ts"
import { serverProperties } from "./server-properties.ts"
import type { HandshakeState } from "./states.ts"

/** The only locale. */
const LOCALES = "en_US"

/** What a handshake has come to. */
export interface Opening {
  readonly user: User
  readonly vhost: string
  readonly negotiated: Negotiated
  readonly capabilities: ClientCapabilities
}

/** Whom a handshake tells how it goes. */
export interface HandshakeHost {
  /** Frames keep to this from now on. */
  tuned(negotiated: Negotiated): void
  /** The client asks for its vhost; connection.open-ok is the host's. Raises what ends the connection. */
  opened(opening: Opening): void
  /** The connection ends with an error that the client is told. */
  failed(error: Amqp091Error): void
  /** The connection ends; what there was to say has been said. */
  refused(reason: string): void
}

/** Everything up to connection.open (2.2.4): protocol header, login, tuning. */
export class Handshake {
  readonly #broker: Broker
  readonly #peer: Peer
  readonly #writer: FrameWriter
  readonly #clusterName: string
  readonly #host: HandshakeHost
  #state: HandshakeState = { kind: "connected" }
  #headerBytes = 0
  #capabilities: ClientCapabilities = NO_CAPABILITIES

  constructor(broker: Broker, peer: Peer, writer: FrameWriter, clusterName: string, host: HandshakeHost) {
    this.#broker = broker
    this.#peer = peer
    this.#writer = writer
    this.#clusterName = clusterName
    this.#host = host
  }

  /** Where it stands. */
  get kind(): HandshakeState["kind"] {
    return this.#state.kind
  }

  /** Compares octet by octet (4.2.2); returns where frames begin, `end` when there are none. */
  protocolHeader(chunk: Uint8Array, start: number, end: number): number {
    if (this.#state.kind !== "connected") return start
    let at = start
    while (at < end && this.#headerBytes < PROTOCOL_HEADER.length) {
      if (chunk[at] !== PROTOCOL_HEADER[this.#headerBytes]) {
        this.#writer.raw(PROTOCOL_HEADER)
        this.#host.refused("the protocol header is not AMQP 0-9-1")
        return end
      }
      at++
      this.#headerBytes++
    }
    if (this.#headerBytes === PROTOCOL_HEADER.length) this.#start()
    return at
  }

  /** Takes a method that is legal in this state. Raises `Amqp091Error` and `DecodeError`. */
  take(method: Method): void {
    const state = this.#state
    if (method.name === "connection.start-ok") this.#startOk(method.arguments)
    else if (method.name === "connection.tune-ok" && state.kind === "tuning") this.#tuneOk(method.arguments, state.user)
    else if (method.name === "connection.open" && state.kind === "opening") {
      const { user, negotiated } = state
      const vhost = method.arguments.virtualHost
      this.#host.opened({ user, vhost, negotiated, capabilities: this.#capabilities })
    }
  }

  /** Forgets what is under way. */
  abandon(): void {
    this.#state = { kind: "over" }
  }

  #start(): void {
    this.#state = { kind: "starting" }
    this.#writer.method(0, "connection.start", {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(this.#clusterName),
      mechanisms: encodeUtf8(offeredMechanisms(this.#peer)),
      locales: encodeUtf8(LOCALES),
    })
  }

  #startOk({ clientProperties, mechanism, response }: ArgumentsOf<"connection.start-ok">): void {
    this.#capabilities = readCapabilities(clientProperties)
    const credentials = readCredentials(mechanism, response, this.#peer)
    this.#state = { kind: "authenticating" }
    this.#broker.authenticate(credentials, this.#peer, (user) => {
      if (this.#state.kind !== "authenticating") return
      if (user === undefined) this.#refuseLogin(mechanism)
      else this.#tune(user)
    })
  }

  #refuseLogin(mechanism: string): void {
    const words = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`
    if (this.#capabilities.takesFailedLogin) this.#host.failed(new Amqp091Error("ACCESS_REFUSED", words))
    else this.#host.refused(`login refused using mechanism ${mechanism}`)
  }

  #tune(user: User): void {
    this.#state = { kind: "tuning", user }
    this.#writer.method(0, "connection.tune", offer(this.#broker.limits))
  }

  #tuneOk(answer: ArgumentsOf<"connection.tune-ok">, user: User): void {
    const negotiated = negotiate(offer(this.#broker.limits), answer)
    this.#state = { kind: "opening", user, negotiated }
    this.#host.tuned(negotiated)
  }
}
