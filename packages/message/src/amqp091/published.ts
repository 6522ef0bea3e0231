import { DecodeError, readUint16, readUint32, readUint64 } from "@polymq/wire"
import type { Published } from "../format.ts"
import { createMessage, type MessageDraft, NO_BYTES } from "../message.ts"
import { validateProperties } from "./validate.ts"

const FRAME_HEADER = 2
const FRAME_BODY = 3
const FRAME_END = 0xce
/** Type, channel, size; and the end octet (section 4.2.3). */
const FRAME_START_BYTES = 7
const FRAME_OVERHEAD_BYTES = 8
const CLASS_BASIC = 60
/** Class, weight and body size in front of the property flags (section 4.2.6.1). */
const CONTENT_HEADER_BYTES = 12

/**
 * `Format.published`: either a content as it stands on the wire, one header frame and its body frames, or property flags
 * and property list alone, for a message without payload. A method frame in front is not expected. Raises `DecodeError`
 * and `PropertyError`.
 */
export function published(bytes: Uint8Array, receivedAtMs: number): Published {
  return startsWithHeaderFrame(bytes)
    ? publishedFrames(bytes, receivedAtMs)
    : publishedContent(bytes, NO_BYTES, receivedAtMs)
}

/** Reads a message from its property flags and list, and its body. Raises `DecodeError` and `PropertyError`. */
export function publishedContent(properties: Uint8Array, body: Uint8Array, receivedAtMs: number): Published {
  const message = createMessage("amqp091", receivedAtMs)
  validateProperties(properties, 0, properties.length, message)
  return withBody(message, body, 0, body.length)
}

/**
 * Flags 0x0200 (a reply_to and nothing else) begin like a header frame, so the whole frame has to be right: its size, its
 * end and its class.
 */
function startsWithHeaderFrame(bytes: Uint8Array): boolean {
  if (bytes.length < FRAME_OVERHEAD_BYTES + CONTENT_HEADER_BYTES + 2 || bytes[0] !== FRAME_HEADER) return false
  const size = readUint32(bytes, 3)
  return (
    size >= CONTENT_HEADER_BYTES + 2 &&
    size <= bytes.length - FRAME_OVERHEAD_BYTES &&
    bytes[FRAME_START_BYTES + size] === FRAME_END &&
    readUint16(bytes, FRAME_START_BYTES) === CLASS_BASIC
  )
}

function publishedFrames(bytes: Uint8Array, receivedAtMs: number): Published {
  const headerEnd = FRAME_START_BYTES + readUint32(bytes, 3)
  const message = createMessage("amqp091", receivedAtMs)
  validateProperties(bytes, FRAME_START_BYTES + CONTENT_HEADER_BYTES, headerEnd, message)
  const frames = bodyFrames(bytes, headerEnd + 1)
  const announced = readUint64(bytes, FRAME_START_BYTES + 4)
  const sent = frames.reduce((total, [start, end]) => total + end - start, 0)
  if (announced !== BigInt(sent)) {
    throw new DecodeError("MALFORMED", `a body of ${announced} bytes announced, ${sent} sent`)
  }
  const only = frames.length === 1 ? frames[0] : undefined
  return only === undefined
    ? withBody(message, joined(bytes, frames, sent), 0, sent)
    : withBody(message, bytes, ...only)
}

type Range = readonly [start: number, end: number]

function bodyFrames(bytes: Uint8Array, start: number): readonly Range[] {
  const frames: Range[] = []
  for (let at = start; at < bytes.length; ) {
    if (bytes.length - at < FRAME_OVERHEAD_BYTES) throw new DecodeError("TRUNCATED", "a frame's beginning expected")
    if (bytes[at] !== FRAME_BODY) throw new DecodeError("MALFORMED", `body frame expected, not type ${bytes[at]}`)
    const size = readUint32(bytes, at + 3)
    if (size > bytes.length - at - FRAME_OVERHEAD_BYTES) {
      throw new DecodeError("TRUNCATED", `frame of ${size} bytes, ${bytes.length - at} left`)
    }
    const end = at + FRAME_START_BYTES + size
    if (bytes[end] !== FRAME_END) throw new DecodeError("MALFORMED", "a frame's end octet expected")
    frames.push([at + FRAME_START_BYTES, end])
    at = end + 1
  }
  return frames
}

function joined(bytes: Uint8Array, frames: readonly Range[], size: number): Uint8Array {
  const body = new Uint8Array(size)
  let at = 0
  for (const [start, end] of frames) {
    body.set(bytes.subarray(start, end), at)
    at += end - start
  }
  return body
}

function withBody(message: MessageDraft, body: Uint8Array, start: number, end: number): Published {
  message.body = body
  message.bodyStart = start
  message.bodyEnd = end
  return { message, hop: [] }
}
