import { createMessage, FieldIndex, type Message } from "@polymq/message"
import { Output } from "../output.ts"
import type { Condition, Transform } from "../table.ts"

const NAMES = { mqttExchange: "amq.topic" }
const MESSAGE: Message = createMessage("mqtt", 0)

/** Octets written as hexadecimal; spaces are ignored. */
export function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
}

/** An index whose slot 0 has the value and key given, not at the beginning of their bytes. */
function indexOf(value: Uint8Array, key: Uint8Array, type: number): FieldIndex {
  const index = new FieldIndex()
  const bytes = Uint8Array.of(0xee, ...key, ...value, 0xee)
  const keyEnd = 1 + key.length
  index.addEntry(0, type, bytes, keyEnd, keyEnd + value.length, 0, 1, keyEnd)
  return index
}

/** Whether a condition holds for a value and the key it has. */
export function holds(condition: Condition, value: Uint8Array, key: Uint8Array = new Uint8Array(0)): boolean {
  return condition.test(MESSAGE, indexOf(value, key, 0), 0, NAMES)
}

/** What a transform makes of a value, with the octets in hexadecimal, or why it is lost. */
export function transformed(transform: Transform, value: Uint8Array, type = 0): readonly string[] {
  const output = new Output()
  output.writer.uint32(0)
  output.begin()
  const { outcome, reason } = transform.apply(MESSAGE, indexOf(value, new Uint8Array(0), type), 0, NAMES, output)
  if (outcome === "lost") return [outcome, reason]
  output.finish()
  const result = Buffer.from(output.bytes.subarray(output.start, output.end)).toString("hex")
  return reason === "" ? [outcome, result] : [outcome, reason, result]
}
