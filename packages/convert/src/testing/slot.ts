import { createMessage, FieldIndex, Slot } from "@polymq/message"
import { Output } from "../output.ts"
import type { Condition, Context, Transform } from "../table.ts"

/** A message without fields. */
export const CONTEXT: Context = {
  names: { mqttExchange: "amq.topic" },
  message: createMessage("mqtt", 0),
  index: new FieldIndex(),
}

/** Octets written as hexadecimal; spaces are ignored. */
export function octets(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
}

/** A slot with the value and key given, not at the beginning of their bytes. */
function slotWith(value: Uint8Array, key: Uint8Array, type: number): Slot {
  const slot = new Slot()
  const bytes = Uint8Array.of(0xee, ...key, ...value, 0xee)
  const keyEnd = 1 + key.length
  slot.type = type
  slot.setValue(bytes, keyEnd, keyEnd + value.length)
  slot.setKey(0, bytes, 1, keyEnd)
  return slot
}

/** Whether a condition holds for a value and the key it has. */
export function holds(condition: Condition, value: Uint8Array, key: Uint8Array = new Uint8Array(0)): boolean {
  return condition.test(slotWith(value, key, 0), CONTEXT)
}

/** What a transform makes of a value, with the octets in hexadecimal, or why it is lost. */
export function transformed(transform: Transform, value: Uint8Array, type = 0): readonly string[] {
  const output = new Output()
  output.writer.uint32(0)
  output.begin()
  const { outcome, reason } = transform.apply(slotWith(value, new Uint8Array(0), type), output, CONTEXT)
  if (outcome === "lost") return [outcome, reason]
  const { bytes, start, end } = output.finish()
  const result = Buffer.from(bytes.subarray(start, end)).toString("hex")
  return reason === "" ? [outcome, result] : [outcome, reason, result]
}
