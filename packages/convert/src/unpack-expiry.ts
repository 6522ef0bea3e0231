import { amqp091Format, readUnsigned, Slot } from "@polymq/message"
import { ByteWriter, putUint64 } from "@polymq/wire"
import type { Context, Unpacking } from "./table.ts"
import { putDecimal } from "./transforms/put-decimal.ts"

/** Bytes of the longest expiration, "4294967295000", and of a timestamp. */
const MAX_BYTES = 13 + 8

const writer = new ByteWriter(MAX_BYTES)
const expiration = slotOf("properties.expiration")
const timestamp = slotOf("properties.timestamp")
const FIELDS: readonly Slot[] = [expiration, timestamp]

/**
 * An expiry interval as an expiration, and with it when the message was published, in whole seconds. Both are good until
 * the next message.
 */
export const expirationAndTimestamp: Unpacking = {
  name: "unpack(expiry)",
  text: "seconds to milliseconds, as decimal text; the time of publishing",
  section: "properties",
  list: ({ bytes, start, end }: Slot, { message }: Context) => {
    writer.reset()
    putDecimal(writer, readUnsigned(bytes, start, end) * 1000)
    const behind = writer.at
    writer.skip(8)
    putUint64(writer.bytes, behind, Math.floor(message.receivedAtMs / 1000))
    expiration.setValue(writer.bytes, 0, behind)
    timestamp.setValue(writer.bytes, behind, writer.at)
    return FIELDS
  },
}

function slotOf(name: string): Slot {
  const slot = new Slot()
  slot.field = amqp091Format.fields.findIndex((field) => field.name === name)
  slot.type = amqp091Format.types.findIndex((type) => type.name === amqp091Format.fields[slot.field]?.types[0])
  return slot
}
