import { ByteWriter } from "@polymq/wire"
import { decodeMethod, encodeMethod, methodName } from "../codec/codec.ts"
import type { ArgumentsOf, Method, MethodName } from "../codec/methods.ts"

/** A frame as a test sees it. */
export type SeenFrame =
  | { readonly channel: number; readonly method: Method }
  | { readonly channel: number; readonly header: { readonly bodyBytes: number; readonly properties: string } }
  | { readonly channel: number; readonly body: string }
  | { readonly heartbeat: true }

/** A whole frame around a payload. */
export function frame(type: number, channel: number, payload: Uint8Array): Uint8Array {
  const head = Buffer.alloc(7)
  head.writeUInt8(type)
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(payload.length, 3)
  return Buffer.concat([head, payload, Uint8Array.of(0xce)])
}

/** A whole frame with a method. */
export function methodFrame<Name extends MethodName>(
  channel: number,
  name: Name,
  methodArguments: ArgumentsOf<Name>,
): Uint8Array {
  const writer = new ByteWriter()
  encodeMethod(writer, name, methodArguments)
  return frame(1, channel, writer.take())
}

/** Property flags without any property. */
const NO_PROPERTIES: Uint8Array = Uint8Array.of(0, 0)

/** Header frame and body frames of a content. */
export function contentFrames(
  channel: number,
  body: string,
  { properties = NO_PROPERTIES, frameBytes = 4096, classId = 60 } = {},
): Uint8Array {
  const bytes = Buffer.from(body)
  const head = Buffer.alloc(12)
  head.writeUInt16BE(classId)
  head.writeBigUInt64BE(BigInt(bytes.length), 4)
  const frames = [frame(2, channel, Buffer.concat([head, properties]))]
  for (let at = 0; at < bytes.length; at += frameBytes) {
    frames.push(frame(3, channel, bytes.subarray(at, at + frameBytes)))
  }
  return Buffer.concat(frames)
}

/** Reads frames one after the other; throws where they are not well-formed. */
export function readFrames(bytes: Uint8Array): SeenFrame[] {
  const buffer = Buffer.from(bytes)
  const seen: SeenFrame[] = []
  for (let at = 0; at < buffer.length; ) {
    const type = buffer.readUInt8(at)
    const channel = buffer.readUInt16BE(at + 1)
    const end = at + 7 + buffer.readUInt32BE(at + 3)
    if (buffer.readUInt8(end) !== 0xce) throw new Error(`frame at ${at} does not end`)
    seen.push(readFrame(type, channel, buffer.subarray(at + 7, end)))
    at = end + 1
  }
  return seen
}

function readFrame(type: number, channel: number, payload: Buffer): SeenFrame {
  if (type === 8) return { heartbeat: true }
  if (type === 3) return { channel, body: payload.toString() }
  if (type === 2) {
    return {
      channel,
      header: { bodyBytes: Number(payload.readBigUInt64BE(4)), properties: payload.subarray(12).toString("hex") },
    }
  }
  const name = methodName(payload.readUInt32BE(0))
  if (name === undefined) throw new Error("unknown method")
  return { channel, method: decodeMethod(name, payload, 4, payload.length) }
}
