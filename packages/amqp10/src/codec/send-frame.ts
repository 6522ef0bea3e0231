import type { Outbound } from "@polymq/broker"
import { ByteWriter, copyBytes } from "@polymq/wire"
import { writeFrame } from "./codec.ts"
import type { PerformativeDraft, SaslDraft } from "./composites.ts"
import { FRAME_TYPE } from "./constants.ts"

/** Scratch for frames that are not written in place. */
const writer = new ByteWriter(512)

/** Sends a SASL frame; they all fit the smallest frame size. */
export function sendSaslFrame(outbound: Outbound, body: SaslDraft): void {
  writer.reset()
  writeFrame(writer, FRAME_TYPE.sasl, 0, body)
  sendBytes(outbound, writer.view())
}

/** Sends an AMQP frame; false, without having sent anything, when it is larger than `maxBytes`. */
export function sendAmqpFrame(outbound: Outbound, channel: number, body: PerformativeDraft, maxBytes: number): boolean {
  writer.reset()
  writeFrame(writer, FRAME_TYPE.amqp, channel, body)
  if (writer.at > maxBytes) return false
  sendBytes(outbound, writer.view())
  return true
}

/** Sends bytes as they are. */
export function sendBytes(outbound: Outbound, bytes: Uint8Array): void {
  const room = outbound.reserve(bytes.length)
  copyBytes(bytes, 0, bytes.length, room.bytes, room.start)
}
