import { Buffer } from "node:buffer"
import type { Outbound, Session } from "@polymq/broker"
import { CollectingOutbound } from "@polymq/testkit"
import { ByteWriter, encodeUtf8 } from "@polymq/wire"
import { CONNECT_FLAG, type ProtocolLevel } from "../codec/constants.ts"
import { decodePacket } from "../codec/decode-packet.ts"
import { encodePacket } from "../codec/encode-packet.ts"
import { packetFraming } from "../codec/framing.ts"
import type { Packet, PacketOf } from "../codec/packets.ts"
import type { ConnectWords } from "./stage.ts"

type Words<Type extends Packet["type"]> = Partial<PacketOf<Type>>

/** The other end of a connection: says what a test tells it to, and keeps what it hears. */
export class ScriptedPeer {
  readonly level: ProtocolLevel
  readonly outbound = new CollectingOutbound()
  readonly session: Session
  readonly #writer = new ByteWriter()
  #isLost = false

  constructor(level: ProtocolLevel, open: (outbound: Outbound) => Session) {
    this.level = level
    this.session = open(this.outbound)
  }

  /** Tells the session once that its closed connection is gone, as a transport does. */
  endTurn(): void {
    if (this.outbound.closedFor === undefined || this.#isLost) return
    this.#isLost = true
    this.session.lost()
  }

  /** The network breaks. */
  drop(): void {
    this.outbound.close("dropped")
    this.#isLost = true
    this.session.lost()
  }

  /** Sends bytes, given as such or in hexadecimal. */
  bytes(bytes: Uint8Array | string): void {
    const chunk = typeof bytes === "string" ? Buffer.from(bytes.replaceAll(/\s/g, ""), "hex") : bytes
    this.session.receive(chunk, 0, chunk.length)
  }

  /** Encodes a packet as this peer's version does. */
  encode(packet: Packet): Uint8Array {
    return encodePacket(this.#writer, packet, this.level)
  }

  connect(words: ConnectWords = {}): void {
    this.bytes(this.encode(connectPacket(this.level, words)))
  }

  publish(
    topicName: string,
    payload: string,
    words: Words<"publish"> & { readonly qos?: 0 | 1 | 2; readonly retain?: boolean } = {},
  ): void {
    const { qos = 0, retain = false, ...rest } = words
    const flags = (qos << 1) | (retain ? 1 : 0)
    const packetId = qos === 0 ? undefined : 1
    this.bytes(
      this.encode({
        type: "publish",
        flags,
        topicName,
        packetId,
        properties: {},
        payload: encodeUtf8(payload),
        ...rest,
      }),
    )
  }

  subscribe(filter: string, options = 0, words: Words<"subscribe"> = {}): void {
    this.bytes(
      this.encode({
        type: "subscribe",
        flags: 2,
        packetId: 1,
        properties: {},
        subscriptions: [{ filter, options }],
        ...words,
      }),
    )
  }

  unsubscribe(...filters: readonly string[]): void {
    this.bytes(this.encode({ type: "unsubscribe", flags: 2, packetId: 2, properties: {}, filters }))
  }

  acknowledge(type: "puback" | "pubrec" | "pubrel" | "pubcomp", packetId: number, reasonCode = 0): void {
    this.bytes(this.encode({ type, flags: type === "pubrel" ? 2 : 0, packetId, reasonCode, properties: {} } as Packet))
  }

  disconnect(reasonCode = 0, words: Words<"disconnect"> = {}): void {
    this.bytes(this.encode({ type: "disconnect", flags: 0, reasonCode, properties: {}, ...words }))
  }

  /** Whole packets heard since the last take, as bytes. Raises `Error` for half a packet. */
  takeFrames(): readonly Uint8Array[] {
    const bytes = this.outbound.take()
    const frames: Uint8Array[] = []
    for (let at = 0; at < bytes.length; ) {
      const next = at + packetFraming.frameBytes(bytes, at, bytes.length)
      if (next === at || next > bytes.length) throw new Error("the server wrote half a packet")
      frames.push(bytes.subarray(at, next))
      at = next
    }
    return frames
  }

  /** Packets heard since the last take. */
  take(): readonly Packet[] {
    return this.takeFrames().map((frame) => decodePacket(frame, 0, frame.length, this.level))
  }

  /** Packets heard since the last take, of one type. */
  takeAll<Type extends Packet["type"]>(type: Type): readonly PacketOf<Type>[] {
    return this.take().filter((packet): packet is Extract<Packet, { type: Type }> => packet.type === type) as never
  }
}

function connectPacket(level: ProtocolLevel, words: ConnectWords): Packet {
  const { clientId = "c", cleanStart = true, keepAliveSeconds = 60, properties = {}, will, username, password } = words
  const connectFlags =
    (cleanStart ? CONNECT_FLAG.cleanStart : 0) |
    (will === undefined ? 0 : CONNECT_FLAG.will | (will.flags ?? 0)) |
    (username === undefined ? 0 : CONNECT_FLAG.username) |
    (password === undefined ? 0 : CONNECT_FLAG.password)
  return {
    type: "connect",
    flags: 0,
    protocolName: level === 3 ? "MQIsdp" : "MQTT",
    protocolLevel: level,
    connectFlags,
    keepAliveSeconds,
    properties,
    clientId,
    willProperties: will?.properties ?? new Uint8Array(0),
    willTopic: will?.topic,
    willPayload: will === undefined ? undefined : encodeUtf8(will.payload),
    username,
    password: password === undefined ? undefined : encodeUtf8(password),
  }
}

/** Messages heard since the last take: packet identifier, or "-" without one, and payload. */
export function heard(peer: ScriptedPeer): readonly string[] {
  return peer.takeAll("publish").map((packet) => `${packet.packetId ?? "-"}:${textOf(packet)}`)
}

/** The payload of a PUBLISH as text. */
export function textOf(packet: PacketOf<"publish">): string {
  return Buffer.from(packet.payload).toString("utf8")
}
