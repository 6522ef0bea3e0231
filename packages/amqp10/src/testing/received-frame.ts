import { readUint16, readUint32 } from "@polymq/wire"
import { decodeComposite } from "../codec/codec.ts"
import type { Composite, Performative, SaslBody } from "../codec/composites.ts"
import { HEADER_MAGIC } from "../codec/constants.ts"
import { PERFORMATIVES, type PerformativeName, SASL_BODIES } from "../codec/layouts.ts"

/** One thing a session has sent. */
export type ReceivedFrame =
  | { readonly kind: "header"; readonly id: number }
  | { readonly kind: "empty" }
  | { readonly kind: "sasl"; readonly body: SaslBody }
  | {
      readonly kind: "amqp"
      readonly channel: number
      readonly body: Performative
      readonly payload: Uint8Array
      readonly frameBytes: number
    }

/** Cuts and decodes what a session has sent, by the layouts. Raises `Error` for an incomplete frame. */
export function readFrames(bytes: Uint8Array): ReceivedFrame[] {
  const frames: ReceivedFrame[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = readUint32(bytes, at)
    const end = at + (size === HEADER_MAGIC ? 8 : size)
    if (end > bytes.length) throw new Error(`a frame of ${size} bytes, ${bytes.length - at} left`)
    frames.push(size === HEADER_MAGIC ? { kind: "header", id: bytes[at + 4] ?? -1 } : readFrame(bytes, at, end))
    at = end
  }
  return frames
}

function readFrame(bytes: Uint8Array, start: number, end: number): ReceivedFrame {
  const body = start + 4 * (bytes[start + 4] ?? 0)
  if (bytes[start + 5] === 1) return { kind: "sasl", body: decodeComposite(bytes, body, end, SASL_BODIES).body }
  if (body === end) return { kind: "empty" }
  const decoded = decodeComposite(bytes, body, end, PERFORMATIVES)
  return {
    kind: "amqp",
    channel: readUint16(bytes, start + 6),
    body: decoded.body,
    payload: bytes.slice(decoded.end, end),
    frameBytes: end - start,
  }
}

/** The only performative of that name among frames. Raises `Error` when there is none or another one. */
export function only<Name extends PerformativeName>(frames: readonly ReceivedFrame[], type: Name): Composite<Name> {
  const [first, ...others] = all(frames, type)
  if (first === undefined || others.length > 0) throw new Error(`${type} not once in ${JSON.stringify(frames, plain)}`)
  return first
}

/** The performatives of that name. */
export function all<Name extends PerformativeName>(frames: readonly ReceivedFrame[], type: Name): Composite<Name>[] {
  return frames.flatMap((frame) => (frame.kind === "amqp" && isOf(frame.body, type) ? [frame.body] : []))
}

function isOf<Name extends PerformativeName>(body: Performative, type: Name): body is Performative & Composite<Name> {
  return body.type === type
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value
}
