import { isUtf8 } from "@polymq/wire"
import type { Output } from "../output.ts"
import type { Transform } from "../table.ts"
import { CONVERTED, lost, type Verdict } from "../verdict.ts"

const NUL = 0x00
const HASH = 0x23
const PLUS = 0x2b
const DOT = 0x2e
const SLASH = 0x2f

const MAX_TOPIC_BYTES = 65_535

const EMPTY = lost("empty")
const TOO_LARGE = lost("too-large")
const WILDCARD = lost("wildcard")
const NOT_UTF8 = lost("not-utf8")

/** MQTT topic name to AMQP routing key: level separators become word separators. */
export const topicToKey: Transform = {
  name: "topicToKey",
  text: "topic to routing key: `/` becomes `.`",
  apply: ({ bytes, start, end }, out) => {
    putKey(out, bytes, start, end)
    return CONVERTED
  },
}

/**
 * AMQP routing key to MQTT topic name: word separators become level separators. A key that makes no topic name
 * (MQTT 5.0 section 4.7: 1 to 65 535 bytes of UTF-8 without NUL, `+` and `#`) is lost.
 */
export const keyToTopic: Transform = {
  name: "keyToTopic",
  text: "routing key to topic: `.` becomes `/`",
  apply: ({ bytes, start, end }, out) => putTopic(out, bytes, start, end),
}

/** Writes the topic name that the routing key in `bytes[start, end)` stands for; lost where there is none. */
export function putTopic({ writer }: Output, bytes: Uint8Array, start: number, end: number): Verdict {
  if (start === end) return EMPTY
  if (end - start > MAX_TOPIC_BYTES) return TOO_LARGE
  if (!isUtf8(bytes, start, end)) return NOT_UTF8
  const begin = writer.skip(end - start)
  const target = writer.bytes
  for (let at = start, to = begin; at < end; at++, to++) {
    const byte = bytes[at] as number
    if (byte === PLUS || byte === HASH || byte === NUL) {
      writer.at = begin
      return byte === NUL ? NOT_UTF8 : WILDCARD
    }
    target[to] = byte === DOT ? SLASH : byte
  }
  return CONVERTED
}

/** Writes the routing key that the topic name in `bytes[start, end)` stands for. */
export function putKey({ writer }: Output, bytes: Uint8Array, start: number, end: number): void {
  const begin = writer.skip(end - start)
  const target = writer.bytes
  for (let at = start, to = begin; at < end; at++, to++) {
    const byte = bytes[at] as number
    target[to] = byte === SLASH ? DOT : byte
  }
}
