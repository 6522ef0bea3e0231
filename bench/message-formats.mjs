// Nanoseconds that a format takes to check, list, build and render the properties of a typical message.
// Run after `npm run build`: node bench/message-formats.mjs
import {
  amqp091PropertiesBytes,
  createMessage,
  FieldIndex,
  formatOf,
  mqttPropertiesBytes,
  renderAmqp091Properties,
  renderMqttProperties,
  validateAmqp091Properties,
  validateMqttProperties,
} from "@polymq/message"

const ROUNDS = 60
const CALLS = 100_000

/** Flags and list of seven properties and four headers. */
function amqp091Properties() {
  const short = (text) => [text.length, ...Buffer.from(text)]
  const longstr = (text) => [0x53, 0, 0, 0, text.length, ...Buffer.from(text)]
  const headers = [
    ...[...short("tenant"), ...longstr("acme")],
    ...[...short("region"), ...longstr("eu-central-1")],
    ...[...short("trace"), ...longstr("0123456789abcdef0123456789abcdef")],
    ...[...short("retries"), 0x49, 0, 0, 0, 3],
  ]
  return Buffer.from([
    ...[0xbc, 0xc8],
    ...short("application/json"),
    ...[0, 0, 0, headers.length, ...headers],
    ...[2, 5],
    ...short("correlation-12"),
    ...short("message-1234"),
    ...[0, 0, 0, 0, 0x65, 0x53, 0xf1, 0],
    ...short("billing"),
  ])
}

/** Five properties of a PUBLISH. */
function mqttProperties() {
  const text = (value) => [0, value.length, ...Buffer.from(value)]
  return Buffer.from([
    ...[0x01, 1],
    ...[0x02, 0, 0, 2, 0x58],
    ...[0x03, ...text("application/json")],
    ...[0x09, ...text("corr1234")],
    ...[0x26, ...text("tenant"), ...text("acme")],
  ])
}

/** Puts every slot of `index` again, as a conversion between equal fields would. */
function assemble(assembler, message, index) {
  assembler.begin(message)
  for (let slot = 0; slot < index.count; slot++) {
    const { field, type, bytes, start, end, keyStart } = index
    if (keyStart[slot] < 0) assembler.put(field[slot], type[slot], bytes[slot], start[slot], end[slot])
    else putEntry(assembler, index, slot)
  }
  return assembler.finish()
}

function putEntry(assembler, index, slot) {
  const { field, type, bytes, start, end, keyStart, keyEnd, keyType } = index
  assembler.putEntry(
    field[slot],
    bytes[slot],
    keyStart[slot],
    keyEnd[slot],
    keyType[slot],
    type[slot],
    bytes[slot],
    start[slot],
    end[slot],
  )
}

function measure(title, call) {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint()
    for (let turn = 0; turn < CALLS; turn++) call()
    best = Math.min(best, Number(process.hrtime.bigint() - start) / CALLS)
  }
  process.stdout.write(`${title.padEnd(24)}${best.toFixed(0).padStart(6)} ns\n`)
}

const target = Buffer.alloc(1024)

function run(name, properties, validate, render) {
  const message = createMessage(name, 0)
  const format = formatOf(name)
  const index = new FieldIndex()
  const assembler = format.assembler()
  measure(`${name} validate`, () => validate(properties, 0, properties.length, message))
  measure(`${name} scan`, () => format.scan(message, index))
  measure(`${name} assemble`, () => assemble(assembler, message, index))
  measure(`${name} render`, () => render(message))
}

run("amqp091", amqp091Properties(), validateAmqp091Properties, (message) => {
  amqp091PropertiesBytes(message)
  renderAmqp091Properties(message, target, 0)
})
run("mqtt", mqttProperties(), validateMqttProperties, (message) => {
  mqttPropertiesBytes(message)
  renderMqttProperties(message, 60, [], target, 0)
})
