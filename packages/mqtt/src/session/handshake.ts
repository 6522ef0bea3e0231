import type { Broker, Outbound, Peer, User } from "@polymq/broker"
import type { FrameAssembler } from "@polymq/wire"
import { type ProtocolLevel, REASON } from "../codec/constants.ts"
import { decodePacket, readProtocol } from "../codec/decode-packet.ts"
import { sendPacket } from "../codec/encode-packet.ts"
import type { PacketOf } from "../codec/packets.ts"
import type { DoorContext } from "../door-context.ts"
import { loggedFaultOf, MqttError } from "../errors.ts"
import { refusal } from "./connack.ts"
import { HeldPackets } from "./held-packets.ts"
import { type Login, loginOf } from "./login.ts"
import { protocolOf } from "./protocol-level.ts"
import type { HandshakeState } from "./states.ts"

/** Packets of the largest size before login that are held while a password is checked. */
const MAX_HELD_PACKETS = 2

/** What a handshake has of its connection. */
export interface HandshakeParts {
  readonly context: DoorContext
  readonly broker: Broker
  readonly outbound: Outbound
  readonly peer: Peer
  readonly assembler: FrameAssembler
  readonly host: HandshakeHost
}

/** Whom a handshake tells how it went. */
export interface HandshakeHost {
  /** The client is who it says it is; a CONNACK that accepts is the host's. Raises what the client is refused for. */
  opened(login: Login, user: User): void
  /** What came while the password was checked has its turn now. */
  held(packets: HeldPackets): void
  /** A login has failed. */
  failed(cause: unknown): void
  /** The connection ends; what there was to say has been said. */
  refused(text: string): void
}

/** Everything up to CONNACK (MQTT 5.0 sections 3.1 and 3.2). */
export class Handshake {
  readonly #parts: HandshakeParts
  /** When the connection began. */
  readonly sinceMs: number
  #state: HandshakeState = { kind: "awaiting-connect" }

  constructor(parts: HandshakeParts) {
    this.#parts = parts
    this.sinceMs = parts.broker.turn.nowMs()
  }

  get isAwaitingConnect(): boolean {
    return this.#state.kind === "awaiting-connect"
  }

  /** Takes one packet. Raises `DecodeError` for what does not begin as a CONNECT. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state.kind === "awaiting-connect") this.#connect(bytes, start, end)
    else if (this.#state.kind === "authenticating") this.#state.held.add(bytes, start, end)
  }

  /** The chunk is read: raises `MqttError` when too much came before the login was over. */
  finishChunk(): void {
    if (this.#state.kind !== "authenticating") return
    const { assembler, broker } = this.#parts
    const bytes = this.#state.held.bytes + assembler.heldBytes
    if (bytes > MAX_HELD_PACKETS * broker.limits.maxPacketBytesBeforeLogin)
      throw new MqttError(REASON.packetTooLarge, `${bytes} bytes before the login is over`)
  }

  /** Answers CONNECT with the reason for which it fails; false when there was none. */
  fail(cause: unknown): boolean {
    if (this.#state.kind !== "authenticating") return false
    this.#refuse(this.#state.login.terms.level, cause)
    return true
  }

  /** Forgets what is under way. */
  abandon(): void {
    this.#state = { kind: "over" }
  }

  #connect(bytes: Uint8Array, start: number, end: number): void {
    const { context, broker, outbound, peer, assembler } = this.#parts
    const level = this.#protocolLevel(bytes, start, end)
    if (level === undefined) return
    try {
      const packet = decodePacket(bytes, start, end, level) as PacketOf<"connect">
      const login = loginOf(packet, peer, broker.limits, context.settings, broker.turn.nowMs())
      const waiting = { kind: "authenticating", login, held: new HeldPackets() } as const
      this.#state = waiting
      assembler.maxFrameBytes = broker.limits.maxMessageBytes
      broker.authenticate(login.credentials, peer, (user) => {
        if (this.#state === waiting) this.#authenticated(login, user, waiting.held)
      })
      if (this.#state === waiting) outbound.pauseReading("authenticating")
    } catch (cause) {
      this.#refuse(level, cause)
    }
  }

  /** The version that the client speaks; undefined when it was refused for it. */
  #protocolLevel(bytes: Uint8Array, start: number, end: number): ProtocolLevel | undefined {
    const { name, level } = readProtocol(bytes, start, end)
    const protocol = protocolOf(name, level)
    if (typeof protocol === "number") return protocol
    const error = new MqttError(REASON.unsupportedProtocolVersion, `level ${level} of the protocol is not supported`)
    if (protocol === "unknown") this.#parts.host.refused("the protocol name is not MQTT [MQTT-3.1.2-1]")
    else this.#refuse(protocol === "newer" ? 5 : 4, error)
    return undefined
  }

  #authenticated(login: Login, user: User | undefined, held: HeldPackets): void {
    const { host, outbound, peer } = this.#parts
    try {
      if (user === undefined) throw badCredentials(login, peer)
      host.opened(login, user)
    } catch (cause) {
      host.failed(cause)
      return
    }
    this.abandon()
    outbound.resumeReading("authenticating")
    host.held(held)
  }

  /** Refuses a CONNECT, in the version's words where it has some [MQTT-3.2.2-7]. */
  #refuse(level: ProtocolLevel, cause: unknown): void {
    const { context, broker, outbound, peer, host } = this.#parts
    const { reason, text } = loggedFaultOf(cause, broker.log, peer)
    const connack = refusal(level, reason, text)
    if (connack !== undefined) sendPacket(outbound, context.writer, connack, level, Number.POSITIVE_INFINITY)
    host.refused(`refused: ${text}`)
  }
}

function badCredentials(login: Login, peer: Peer): MqttError {
  if (login.credentials === "anonymous") return new MqttError(REASON.notAuthorized, "anonymous login is refused")
  if (login.credentials === "certificate")
    return new MqttError(REASON.notAuthorized, `user '${peer.certificateName}' of the certificate is unknown`)
  const { username } = login.credentials
  return new MqttError(REASON.badUserNameOrPassword, `user '${username}' is unknown or the password is wrong`)
}
