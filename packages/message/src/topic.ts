/**
 * MQTT topics and AMQP routing keys: `/` separates levels, `.` separates words. A topic keeps its exact form beside the
 * key (`Envelope.topic`), so only other protocols see the translation. Filters use `+` where keys use `*`.
 */

/** The routing key that stands for an MQTT topic name. */
export function topicToKey(topic: string): string {
  return topic.includes("/") ? topic.replaceAll("/", ".") : topic
}

/**
 * The MQTT topic name that stands for a routing key. `+`, `#` and NUL must not appear in a topic name (MQTT 5.0 section
 * 4.7): they are percent-encoded, so that no subscriber ever receives a malformed packet.
 */
export function keyToTopic(key: string): string {
  const topic = key.includes(".") ? key.replaceAll(".", "/") : key
  return FORBIDDEN.test(topic) ? topic.replace(ALL_FORBIDDEN, percentEncoded) : topic
}

/** The binding pattern that stands for an MQTT topic filter. */
export function filterToPattern(filter: string): string {
  return filter.replaceAll("/", ".").replaceAll("+", "*")
}

const FORBIDDEN = /[+#\0]/
const ALL_FORBIDDEN = /[+#\0]/g

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`
}
