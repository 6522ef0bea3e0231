import { readUint32 } from "@polymq/wire"
import type { Format } from "../format.ts"
import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import type { Value } from "../value.ts"
import { Amqp091Assembler } from "./assembler.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { HEADERS, propertyStart } from "./properties.ts"
import { published } from "./published.ts"
import { read, readKey, readTagged } from "./read.ts"
import { scan } from "./scan.ts"
import { valueEnd } from "./values.ts"

/** AMQP 0.9.1 basic messages: property flags and property list, and the content body. */
export const amqp091Format: Format = {
  name: "amqp091",
  fields: FIELDS,
  types: TYPES,
  scan,
  read,
  readKey,
  header,
  assembler: () => new Amqp091Assembler(),
  published,
}

function header(message: Message, name: string): Value | undefined {
  const start = propertyStart(message, HEADERS)
  if (start < 0) return undefined
  const { head } = message
  const end = start + 4 + readUint32(head, start)
  for (let at = start + 4; at < end; ) {
    const keyEnd = at + 1 + (head[at] as number)
    if (isText(head, at + 1, keyEnd, name)) return readTagged(head, keyEnd)
    at = valueEnd(head, keyEnd)
  }
  return undefined
}
