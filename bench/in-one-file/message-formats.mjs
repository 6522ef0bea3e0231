import {
  createMessage,
  FieldIndex,
  formatOf,
  validateAmqp10Message,
  validateAmqp091Properties,
  validateMqttProperties,
} from "@polymq/message"
import { cost, median, ROUNDS } from "./cost.mjs"
import { messages } from "./messages.mjs"
import { render } from "./render.mjs"

const BODIES = new Set(["payload", "data"])

const draft = {
  amqp091: createMessage("amqp091", 0),
  amqp10: createMessage("amqp10", 0),
  mqtt: createMessage("mqtt", 0),
}
const validate = {
  amqp091: ({ head, headStart, headEnd }) => validateAmqp091Properties(head, headStart, headEnd, draft.amqp091),
  amqp10: ({ sections, sectionsStart, bodyEnd }) =>
    validateAmqp10Message(sections, sectionsStart, bodyEnd, draft.amqp10),
  mqtt: ({ head, headStart, headEnd }) => validateMqttProperties(head, headStart, headEnd, draft.mqtt),
}

/** Puts of every slot of `index`, as a conversion between equal fields would have them. */
function putsOf(format, index) {
  return index.list().map((slot) => ({
    field: slot.field,
    type: slot.type,
    isEntry: slot.keyStart >= 0,
    keyType: slot.keyType,
    isBody: BODIES.has(format.fields[slot.field].name),
    keyed: slot,
    source: slot,
  }))
}

process.stdout.write("| format | validate ns | scan ns | assemble ns | render ns |\n|---|---|---|---|---|\n")
for (const [name, message] of Object.entries(messages)) {
  const format = formatOf(name)
  const assembler = format.assembler()
  const index = new FieldIndex()
  format.scan(message, index)
  const puts = putsOf(format, index)
  const steps = [
    () => validate[name](message),
    () => format.scan(message, index),
    () => {
      assembler.begin(message)
      assembler.putAll(puts)
      assembler.finish()
    },
    () => render[name](message),
  ]
  const cells = steps.map((step) => {
    cost(step)
    return median(Array.from({ length: ROUNDS }, () => cost(step))).toFixed(0)
  })
  process.stdout.write(`| ${[name, ...cells].join(" | ")} |\n`)
}
