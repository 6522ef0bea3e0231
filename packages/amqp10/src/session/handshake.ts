import type { Broker, Outbound, Peer, User } from "@polymq/broker"
import { decodeComposite } from "../codec/codec.ts"
import type { Composite, SaslBody } from "../codec/composites.ts"
import { AMQP_HEADER, CONDITION, FRAME_TYPE, PROTOCOL_ID, SASL_CODE, SASL_HEADER, SYMBOL } from "../codec/constants.ts"
import { bodyOffset, isProtocolHeader } from "../codec/framing.ts"
import { SASL_BODIES } from "../codec/layouts.ts"
import { sendAmqpFrame, sendBytes, sendSaslFrame } from "../codec/send-frame.ts"
import { Amqp10Error, errorDraft } from "../errors.ts"
import { decodeFrameBody } from "./frame-body.ts"
import { CHANNEL_MAX } from "./open-connection.ts"
import { type Credentials, isOwnIdentity, MECHANISM, offeredMechanisms, readPlain } from "./sasl.ts"
import { NODE_NAME, SERVER_PROPERTIES } from "./server-properties.ts"
import type { Authenticating, HandshakeState } from "./states.ts"

/** Bytes that may arrive while credentials are being checked. */
const MAX_HELD_BYTES = 64 * 1024

/** Whom a handshake tells how it went. */
export interface HandshakeHost {
  /** The peer is logged in and has sent its open; ours is sent. */
  opened(open: Composite<"open">, user: User): void
  /** The handshake has come to nothing; what there is to say to the peer has been said. */
  refused(reason: string): void
  /** A frame that arrived while credentials were checked: it has its turn now. */
  held(frame: Uint8Array): void
}

/** Everything before open: protocol headers, SASL EXTERNAL, PLAIN and ANONYMOUS, the peer's open (AMQP 1.0 part 2, 2.2; part 5, 5.3). */
export class Handshake {
  readonly #broker: Broker
  readonly #peer: Peer
  readonly #outbound: Outbound
  readonly #host: HandshakeHost
  #state: HandshakeState = { kind: "awaiting-header" }

  constructor(broker: Broker, peer: Peer, outbound: Outbound, host: HandshakeHost) {
    this.#broker = broker
    this.#peer = peer
    this.#outbound = outbound
    this.#host = host
  }

  /** Takes one frame or protocol header. Raises `Amqp10Error` and `DecodeError`. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state.kind === "authenticating") this.#hold(this.#state, bytes, start, end)
    else if (isProtocolHeader(bytes, start)) this.#header(bytes, start)
    else if (this.#state.kind === "awaiting-open") this.#openFrame(this.#state.user, bytes, start, end)
    else this.#saslFrame(bytes, start, end)
  }

  /** Says why it ends, in the words of the layer that has been reached. */
  fail(error: Amqp10Error): void {
    const { kind } = this.#state
    this.#state = { kind: "over" }
    if (kind === "awaiting-header") sendBytes(this.#outbound, SASL_HEADER)
    if (kind === "awaiting-open") this.#sendOpen()
    if (kind === "awaiting-open" || kind === "opening") {
      sendAmqpFrame(this.#outbound, 0, { type: "close", error: errorDraft(error) }, Number.POSITIVE_INFINITY)
    }
  }

  /** Forgets what is under way. */
  abandon(): void {
    this.#state = { kind: "over" }
  }

  #header(bytes: Uint8Array, start: number): void {
    const state = this.#state
    const id = bytes[start + 4]
    const isVersion1 = bytes[start + 5] === 1 && bytes[start + 6] === 0 && bytes[start + 7] === 0
    const isAmqp = isVersion1 && id === PROTOCOL_ID.amqp
    if (state.kind === "awaiting-header" && isVersion1 && id === PROTOCOL_ID.sasl) {
      sendBytes(this.#outbound, SASL_HEADER)
      const saslServerMechanisms = offeredMechanisms(this.#peer)
      sendSaslFrame(this.#outbound, { type: "saslMechanisms", saslServerMechanisms })
      this.#state = { kind: "awaiting-sasl-init" }
    } else if (state.kind === "awaiting-header" && isAmqp && this.#peer.isLoopback) {
      sendBytes(this.#outbound, AMQP_HEADER)
      this.#authenticate("anonymous", "none")
    } else if (state.kind === "awaiting-amqp-header" && isAmqp) {
      sendBytes(this.#outbound, AMQP_HEADER)
      this.#state = { kind: "awaiting-open", user: state.user }
    } else if (state.kind === "awaiting-open") {
      throw new Amqp10Error("connection", CONDITION.framingError, "a second protocol header")
    } else {
      // Part 2, 2.2: a header that is not accepted is answered by one that would be.
      sendBytes(this.#outbound, state.kind === "awaiting-amqp-header" ? AMQP_HEADER : SASL_HEADER)
      this.#refuse(`a protocol header with id ${id} is not accepted here`)
    }
  }

  #saslFrame(bytes: Uint8Array, start: number, end: number): void {
    const { kind } = this.#state
    const body = bodyOffset(bytes, start, end)
    if ((kind !== "awaiting-sasl-init" && kind !== "awaiting-sasl-response") || bytes[start + 5] !== FRAME_TYPE.sasl) {
      this.#refuse("a frame where none belongs")
      return
    }
    const frame: SaslBody = decodeComposite(bytes, body, end, SASL_BODIES).body
    if (kind === "awaiting-sasl-init" && frame.type === "saslInit") this.#init(frame)
    else if (kind === "awaiting-sasl-response" && frame.type === "saslResponse") this.#plain(frame.response)
    else this.#refuse(`${frame.type} where another frame belongs`)
  }

  #init({ mechanism, initialResponse }: Composite<"saslInit">): void {
    if (mechanism === MECHANISM.anonymous && this.#peer.isLoopback) this.#authenticate("anonymous", "sasl")
    else if (mechanism === MECHANISM.external && this.#peer.certificateName !== undefined)
      this.#external(initialResponse)
    else if (mechanism !== MECHANISM.plain) this.#refuseLogin(`mechanism '${mechanism}' is not offered`)
    else if (initialResponse !== undefined) this.#plain(initialResponse)
    else {
      sendSaslFrame(this.#outbound, { type: "saslChallenge", challenge: new Uint8Array(0) })
      this.#state = { kind: "awaiting-sasl-response" }
    }
  }

  /** A client without an initial response wants its certificate's identity: there is nothing to ask it for. */
  #external(response: Uint8Array = new Uint8Array(0)): void {
    if (isOwnIdentity(response, this.#peer)) this.#authenticate("certificate", "sasl")
    else this.#refuseLogin("the certificate names another user")
  }

  #plain(response: Uint8Array): void {
    const credentials = readPlain(response)
    if (credentials === undefined) this.#refuseLogin("the response of PLAIN is malformed")
    else this.#authenticate(credentials, "sasl")
  }

  #authenticate(credentials: Credentials | "anonymous" | "certificate", layer: Authenticating["layer"]): void {
    const waiting: Authenticating = { kind: "authenticating", layer, held: [], heldBytes: 0 }
    this.#state = waiting
    this.#broker.authenticate(credentials, this.#peer, (user) => {
      if (this.#state === waiting) this.#authenticated(waiting, user)
    })
    if (this.#state === waiting) this.#outbound.pauseReading("authenticating")
  }

  #authenticated(waiting: Authenticating, user: User | undefined): void {
    this.#outbound.resumeReading("authenticating")
    if (user === undefined) {
      this.#refuseLogin("the user or password is wrong")
      return
    }
    if (waiting.layer === "sasl") {
      sendSaslFrame(this.#outbound, { type: "saslOutcome", code: SASL_CODE.ok })
      this.#state = { kind: "awaiting-amqp-header", user }
    } else {
      this.#state = { kind: "awaiting-open", user }
    }
    for (const frame of waiting.held) this.#host.held(frame)
  }

  #hold(waiting: Authenticating, bytes: Uint8Array, start: number, end: number): void {
    waiting.heldBytes += end - start
    if (waiting.heldBytes > MAX_HELD_BYTES) this.#refuse("too much was sent before the login was answered")
    else waiting.held.push(new Uint8Array(bytes.subarray(start, end)))
  }

  #openFrame(user: User, bytes: Uint8Array, start: number, end: number): void {
    const body = bodyOffset(bytes, start, end)
    if (bytes[start + 5] !== FRAME_TYPE.amqp) {
      throw new Amqp10Error("connection", CONDITION.framingError, "a frame that is not AMQP's")
    }
    if (body === end) return
    const open = decodeFrameBody(bytes, body, end, ["open"]).body
    this.#sendOpen()
    this.#state = { kind: "opening" }
    this.#host.opened(open, user)
  }

  #sendOpen(): void {
    const { maxFrameBytes, heartbeatSeconds } = this.#broker.limits
    const open = {
      type: "open",
      containerId: NODE_NAME,
      maxFrameSize: maxFrameBytes,
      channelMax: CHANNEL_MAX,
      // Half of the time after which we give the peer up (part 2, 2.4.5).
      idleTimeOut: heartbeatSeconds === 0 ? undefined : heartbeatSeconds * 500,
      offeredCapabilities: [SYMBOL.linkPair, SYMBOL.anonymousRelay],
      properties: SERVER_PROPERTIES,
    } as const
    sendAmqpFrame(this.#outbound, 0, open, Number.POSITIVE_INFINITY)
  }

  #refuseLogin(reason: string): void {
    const isSasl = this.#state.kind !== "authenticating" || this.#state.layer === "sasl"
    if (isSasl) sendSaslFrame(this.#outbound, { type: "saslOutcome", code: SASL_CODE.auth })
    this.#refuse(reason)
  }

  #refuse(reason: string): void {
    this.#state = { kind: "over" }
    this.#host.refused(reason)
  }
}
