import { readUint16 } from "@polymq/wire"
import type { Format } from "../format.ts"
import type { Message } from "../message.ts"
import { isText, readText } from "../text.ts"
import type { Value } from "../value.ts"
import { MqttAssembler } from "./assembler.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { published } from "./published.ts"
import { read, readKey } from "./read.ts"
import { scan } from "./scan.ts"
import { propertyAt, propertyNumber, valueEnd } from "./values.ts"

/** MQTT messages: the properties of a PUBLISH and its payload. MQTT 3.1.1 is the same with no properties. */
export const mqttFormat: Format = {
  name: "mqtt",
  fields: FIELDS,
  types: TYPES,
  scan,
  read,
  readKey,
  header,
  assembler: () => new MqttAssembler(),
  published,
}

const USER_PROPERTY = propertyNumber("user-property")

function header(message: Message, name: string): Value | undefined {
  const { head, headEnd } = message
  for (let at = message.headStart; at < headEnd; ) {
    const property = propertyAt(head, at)
    const next = valueEnd(property, head, at + 1)
    if (property === USER_PROPERTY) {
      const keyEnd = at + 3 + readUint16(head, at + 1)
      if (isText(head, at + 3, keyEnd, name)) return { type: "utf8", value: readText(head, keyEnd + 2, next) }
    }
    at = next
  }
  return undefined
}
