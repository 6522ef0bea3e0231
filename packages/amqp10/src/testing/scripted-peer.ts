import type { Broker, Door, Peer, Session } from "@polymq/broker"
import { CollectingOutbound } from "@polymq/testkit"
import { ByteWriter } from "@polymq/wire"
import { writeFrame } from "../codec/codec.ts"
import type { Composite, Draft, PerformativeDraft, SaslDraft } from "../codec/composites.ts"
import { AMQP_HEADER, FRAME_TYPE, SASL_HEADER } from "../codec/constants.ts"
import { only, type ReceivedFrame, readFrames } from "./received-frame.ts"

export const LOOPBACK: Peer = { address: "127.0.0.1", port: 40_000, isLoopback: true }
export const REMOTE: Peer = { address: "192.0.2.7", port: 40_000, isLoopback: false }

const encoder = new TextEncoder()

/** A message of one data section that holds `text`. */
export function dataMessage(text: string): Uint8Array {
  const content = encoder.encode(text)
  const size = [content.length >>> 24, content.length >>> 16, content.length >>> 8, content.length]
  const head = content.length < 256 ? [0xa0, content.length] : [0xb0, ...size]
  return Uint8Array.of(0x00, 0x53, 0x75, ...head, ...content)
}

/** A client that is driven frame by frame, without a socket. */
export class ScriptedPeer {
  readonly outbound = new CollectingOutbound()
  readonly session: Session
  readonly #endTurn: () => void

  constructor(door: Door, broker: Broker, endTurn: () => void, peer: Peer = LOOPBACK) {
    this.#endTurn = endTurn
    this.session = door.open(peer, this.outbound, broker)
  }

  get closedFor(): string | undefined {
    return this.outbound.closedFor
  }

  bytes(bytes: Uint8Array): void {
    this.session.receive(bytes, 0, bytes.length)
  }

  sasl(body: SaslDraft): void {
    const writer = new ByteWriter()
    writeFrame(writer, FRAME_TYPE.sasl, 0, body)
    this.bytes(writer.take())
  }

  send(body: PerformativeDraft, payload: Uint8Array = new Uint8Array(0), channel = 0): void {
    this.bytes(encodedFrame(body, payload, channel))
  }

  /** Ends the turn and returns what was sent since the last call. */
  take(): ReceivedFrame[] {
    this.#endTurn()
    return readFrames(this.outbound.take())
  }

  /** SASL PLAIN up to the outcome. */
  login(username = "guest", password = "guest"): void {
    this.bytes(SASL_HEADER)
    this.sasl({ type: "saslInit", mechanism: "PLAIN", initialResponse: encoder.encode(`\0${username}\0${password}`) })
  }

  /** From nothing to an open connection, without SASL. */
  open(open: Partial<Draft<"open">> = {}): Composite<"open"> {
    this.bytes(AMQP_HEADER)
    this.send({ type: "open", containerId: "peer", ...open })
    return only(this.take(), "open")
  }

  begin(begin: Partial<Draft<"begin">> = {}, channel = 0): Composite<"begin"> {
    const windows = { nextOutgoingId: 0, incomingWindow: 1000, outgoingWindow: 1000 }
    this.send({ type: "begin", ...windows, ...begin }, undefined, channel)
    return only(this.take(), "begin")
  }

  /** Attaches a link on which this peer sends. */
  attachSender(address: string | undefined, attach: Partial<Draft<"attach">> = {}): ReceivedFrame[] {
    this.send({
      type: "attach",
      name: "sender",
      handle: 0,
      role: false,
      source: { type: "source" },
      target: { type: "target", address },
      initialDeliveryCount: 0,
      ...attach,
    })
    return this.take()
  }

  /** Attaches a link on which this peer receives. */
  attachReceiver(address: string | undefined, attach: Partial<Draft<"attach">> = {}): ReceivedFrame[] {
    this.send({
      type: "attach",
      name: "receiver",
      handle: 1,
      role: true,
      source: { type: "source", address },
      target: { type: "target" },
      ...attach,
    })
    return this.take()
  }

  /** Gives a receiving link credit; the windows are as if nothing had been sent. */
  credit(linkCredit: number, flow: Partial<Draft<"flow">> = {}): ReceivedFrame[] {
    const windows = { nextIncomingId: 0, incomingWindow: 1000, nextOutgoingId: 0, outgoingWindow: 1000 }
    this.send({ type: "flow", ...windows, handle: 1, deliveryCount: 0, linkCredit, ...flow })
    return this.take()
  }

  /** Sends one message in one transfer, its text in a data section. */
  transfer(deliveryId: number, text: string, transfer: Partial<Draft<"transfer">> = {}, channel = 0): void {
    const deliveryTag = Uint8Array.of(deliveryId & 0xff)
    this.send(
      { type: "transfer", handle: 0, deliveryId, deliveryTag, messageFormat: 0, ...transfer },
      dataMessage(text),
      channel,
    )
  }
}

/** A whole frame. */
export function encodedFrame(
  body: PerformativeDraft,
  payload: Uint8Array = new Uint8Array(0),
  channel = 0,
): Uint8Array {
  const writer = new ByteWriter()
  writeFrame(writer, FRAME_TYPE.amqp, channel, body)
  writer.copy(payload)
  writer.patchUint32(0, writer.at)
  return writer.take()
}
