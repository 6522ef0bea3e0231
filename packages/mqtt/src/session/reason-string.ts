/** Characters of a reason that a client is told; texts may quote what it sent. */
const MAX_LENGTH = 256

/** A Reason String (MQTT 5.0 section 3.14.2.2.3), cut where it would be unreasonably long. */
export function reasonString(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`
}
