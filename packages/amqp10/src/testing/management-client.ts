import {
  beginAmqp10List,
  endAmqp10List,
  type Value,
  writeAmqp10Descriptor,
  writeAmqp10Null,
  writeAmqp10String,
  writeAmqp10Value,
} from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import type { Draft } from "../codec/composites.ts"
import { plainSections, tagged } from "./plain.ts"
import type { ReceivedFrame } from "./received-frame.ts"
import type { ScriptedPeer } from "./scripted-peer.ts"

/** The link property of both halves of a pair. */
export const PAIRED: Value = tagged({ paired: true })

/** Attaches the half on which requests are sent, as handle 0. */
export function attachRequests(peer: ScriptedPeer, attach: Partial<Draft<"attach">> = {}): ReceivedFrame[] {
  const source = { type: "source", address: "me" } as const
  return peer.attachSender("/management", { name: "pair", sndSettleMode: 1, source, properties: PAIRED, ...attach })
}

/** Attaches the half on which responses arrive, as handle 1. */
export function attachResponses(peer: ScriptedPeer, attach: Partial<Draft<"attach">> = {}): ReceivedFrame[] {
  const target = { type: "target", address: "me" } as const
  return peer.attachReceiver("/management", { name: "pair", target, properties: PAIRED, ...attach })
}

/** A request as a message: properties message-id, to, subject, reply-to, and an amqp-value. */
export function requestMessage(
  method: string | undefined,
  target: string | undefined,
  body: unknown = null,
  messageId: Value = { type: "string", value: "id" },
  replyTo: string | undefined = "$me",
): Uint8Array {
  const writer = new ByteWriter()
  writeAmqp10Descriptor(writer, 0x73)
  const list = beginAmqp10List(writer)
  writeAmqp10Value(writer, messageId)
  writeAmqp10Null(writer)
  for (const text of [target, method, replyTo]) {
    if (text === undefined) writeAmqp10Null(writer)
    else writeAmqp10String(writer, text)
  }
  endAmqp10List(writer, list, 5)
  writeAmqp10Descriptor(writer, 0x77)
  writeAmqp10Value(writer, tagged(body))
  return writer.take()
}

/** Sends a request on handle 0. */
export function sendRequest(peer: ScriptedPeer, deliveryId: number, message: Uint8Array, settled = true): void {
  const deliveryTag = Uint8Array.of(deliveryId)
  peer.send({ type: "transfer", handle: 0, deliveryId, deliveryTag, messageFormat: 0, settled }, message)
}

/** The responses among frames: status, correlation-id and body. */
export function responses(frames: readonly ReceivedFrame[]): (readonly [string, unknown, unknown])[] {
  return frames.flatMap((frame) => {
    if (frame.kind !== "amqp" || frame.body.type !== "transfer") return []
    const sections = plainSections(frame.payload)
    const fields = sections.get(0x73) as readonly unknown[]
    return [[String(fields[3]), fields[5], sections.get(0x77)] as const]
  })
}
