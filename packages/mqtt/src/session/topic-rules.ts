import { parseSharedFilter } from "@polymq/broker"
import { isUtf8 } from "@polymq/wire"

const PLUS = 0x2b
const HASH = 0x23

/** Whether the bytes are a topic name: at least one character, UTF-8 without U+0000, no wildcard [MQTT-3.3.2-2], [MQTT-4.7.3-1], [MQTT-1.5.4-1]. */
export function isTopicName(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return false
  let isAscii = true
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === PLUS || byte === HASH || byte === 0) return false
    if (byte >= 0x80) isAscii = false
  }
  return isAscii || isUtf8(bytes, start, end)
}

/** Whether a topic name is well formed once it is text. */
export function isTopic(topic: string): boolean {
  return topic.length > 0 && !/[+#\0]/.test(topic)
}

/** Whether a filter has its wildcards where they may be: `#` only as the last level [MQTT-4.7.1-1], `+` only as a whole level [MQTT-4.7.1-2]. */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes("\0")) return false
  const hash = filter.indexOf("#")
  if (hash >= 0 && (hash !== filter.length - 1 || (hash > 0 && filter[hash - 1] !== "/"))) return false
  for (let at = filter.indexOf("+"); at >= 0; at = filter.indexOf("+", at + 1)) {
    if (at > 0 && filter[at - 1] !== "/") return false
    if (at < filter.length - 1 && filter[at + 1] !== "/") return false
  }
  return true
}

/** Whether the filter is meant to share its messages between subscribers (MQTT 5.0 section 4.8.2). */
export function isSharedFilter(filter: string): boolean {
  return filter === "$share" || filter.startsWith("$share/")
}

/**
 * What a client may read who subscribes so: the filter, or the one behind a share name; undefined when either is malformed
 * [MQTT-4.8.2-1], [MQTT-4.8.2-2].
 */
export function matchedFilter(text: string): string | undefined {
  if (!isSharedFilter(text)) return isTopicFilter(text) ? text : undefined
  const shared = parseSharedFilter(text)
  return shared !== undefined && isTopic(shared.shareName) && isTopicFilter(shared.filter) ? shared.filter : undefined
}

/** Whether the topic is the server's own, which clients may not write to (MQTT 5.0 section 4.7.2). */
export function isServerTopic(topic: string): boolean {
  return topic === "$SYS" || topic.startsWith("$SYS/")
}
