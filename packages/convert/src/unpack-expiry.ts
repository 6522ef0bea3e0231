import { amqp091Format, type Slot, slotOf } from "@polymq/message"
import { ByteWriter, readUint32 } from "@polymq/wire"
import type { Context, Unpacking } from "./table.ts"
import { putDecimal } from "./transforms/put-decimal.ts"

const EXPIRATION = amqp091Format.fields.findIndex(({ name }) => name === "properties.expiration")
const TIMESTAMP = amqp091Format.fields.findIndex(({ name }) => name === "properties.timestamp")
const SHORTSTR = amqp091Format.types.findIndex(({ name }) => name === "shortstr")
const TIMESTAMP_TYPE = amqp091Format.types.findIndex(({ name }) => name === "timestamp")

/** Bytes of the longest expiration, "4294967295000", and of a timestamp. */
const MAX_BYTES = 13 + 8

/** An expiry interval as an expiration, and with it when the message was published, in whole seconds. */
export const expirationAndTimestamp: Unpacking = {
  name: "unpack(expiry)",
  text: "seconds to milliseconds, as decimal text; the time of publishing",
  section: "properties",
  list: ({ bytes, start }: Slot, { message }: Context) => {
    const writer = new ByteWriter(MAX_BYTES)
    putDecimal(writer, readUint32(bytes, start) * 1000)
    const expiration = slotOfType(EXPIRATION, SHORTSTR, writer.take())
    writer.reset()
    writer.uint64(BigInt(Math.floor(message.receivedAtMs / 1000)))
    return [expiration, slotOfType(TIMESTAMP, TIMESTAMP_TYPE, writer.take())]
  },
}

function slotOfType(field: number, type: number, bytes: Uint8Array): Slot {
  const slot = slotOf(bytes)
  slot.field = field
  slot.type = type
  return slot
}
