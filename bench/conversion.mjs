// Conversions per second and table, and what a converted message costs beside one that stays in its format.
// Run after `npm run build`: node bench/conversion.mjs
import { createConverters } from "@polymq/convert"
import {
  FieldIndex,
  formatOf,
  publishedAmqp091,
  renderAmqp10Head,
  renderAmqp091Properties,
  renderMqttProperties,
} from "@polymq/message"

const ROUNDS = 9
const CONVERSIONS = 200_000

/** MQTT 5.0: QoS 1, expiry, response topic, correlation data, content type, indicator, alias-free; four user properties. */
function mqttMessage() {
  const text = (value) => [Buffer.byteLength(value) >> 8, Buffer.byteLength(value) & 255, ...Buffer.from(value)]
  const pair = (name, value) => [0x26, ...text(name), ...text(value)]
  const properties = [
    ...[0x01, 1],
    ...[0x02, 0, 0, 0, 60],
    ...[0x08, ...text("replies/client-7")],
    ...[0x09, ...text("0f3a9c52-7c1e-4d7d-9a57-0d0f4c1f6a11")],
    ...pair("tenant", "blue"),
    ...pair("trace", "00-4bf92f3577b34da6a3ce929d0e0e4736"),
    ...pair("unit", "celsius"),
    ...pair("region", "eu-central"),
    ...[0x03, ...text("application/json")],
  ]
  const rest = [
    ...text("sensors/7/temperature"),
    0,
    7,
    ...varint(properties.length),
    ...properties,
    ...Buffer.alloc(100),
  ]
  return formatOf("mqtt").published(Buffer.from([0x32, ...varint(rest.length), ...rest]), Date.now()).message
}

/** AMQP 0.9.1: seven properties, four headers. */
function amqp091Message() {
  const short = (value) => [Buffer.byteLength(value), ...Buffer.from(value)]
  const long = (value) => ["S".charCodeAt(0), 0, 0, 0, Buffer.byteLength(value), ...Buffer.from(value)]
  const headers = [
    ...[...short("tenant"), ...long("blue")],
    ...[...short("trace"), ...long("00-4bf92f3577b34da6a3ce929d0e0e4736")],
    ...[...short("unit"), ...long("celsius")],
    ...[...short("attempt"), "I".charCodeAt(0), 0, 0, 0, 3],
  ]
  const flags = 0x8000 | 0x2000 | 0x1000 | 0x0800 | 0x0400 | 0x0100 | 0x0080 | 0x0008
  const properties = [
    ...[flags >> 8, flags & 255],
    ...short("application/json"),
    ...[0, 0, 0, headers.length, ...headers],
    ...[2, 4],
    ...short("0f3a9c52-7c1e-4d7d-9a57-0d0f4c1f6a11"),
    ...short("60000"),
    ...short("message-1"),
    ...short("sensors"),
  ]
  return publishedAmqp091(Buffer.from(properties), Buffer.alloc(100), Date.now()).message
}

/** AMQP 1.0: header, one annotation, seven properties, four application properties. */
function amqp10Message() {
  const sized = (code, value) => [code, Buffer.byteLength(value), ...Buffer.from(value)]
  const string = (value) => sized(0xa1, value)
  const symbol = (value) => sized(0xa3, value)
  const section = (code, format, count, ...elements) => {
    const content = elements.flat()
    return [0x00, 0x53, code, format, content.length + 1, count, ...content]
  }
  const nothing = 0x40
  const bytes = [
    ...section(0x70, 0xc0, 3, [0x41], [0x50, 4], [0x70, 0, 0, 0xea, 0x60]),
    ...section(0x72, 0xc1, 2, symbol("x-trace"), string("00-4bf92f3577b34da6a3ce929d0e0e4736")),
    ...section(
      0x73,
      0xc0,
      10,
      string("message-1"),
      nothing,
      string("/exchanges/sensors"),
      string("temperature"),
      string("/exchange/amq.topic/replies.client-7"),
      string("0f3a9c52-7c1e-4d7d-9a57-0d0f4c1f6a11"),
      symbol("application/json"),
      nothing,
      nothing,
      [0x83, 0, 0, 0x01, 0x8b, 0xcf, 0xe5, 0x68, 0x00],
    ),
    ...section(
      0x74,
      0xc1,
      8,
      [...string("tenant"), ...string("blue")],
      [...string("unit"), ...string("celsius")],
      [...string("region"), ...string("eu-central")],
      [...string("attempt"), 0x54, 3],
    ),
    ...[0x00, 0x53, 0x75, 0xa0, 100],
    ...Buffer.alloc(100),
  ]
  return formatOf("amqp10").published(Buffer.from(bytes), Date.now()).message
}

function varint(value) {
  return value < 128 ? [value] : [(value & 127) | 128, value >> 7]
}

/** Nanoseconds of CPU per call, median of the rounds. */
function cost(call) {
  const rounds = []
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.cpuUsage()
    for (let at = 0; at < CONVERSIONS; at++) call()
    const { user, system } = process.cpuUsage(start)
    rounds.push(((user + system) * 1000) / CONVERSIONS)
  }
  return rounds.sort((left, right) => left - right)[ROUNDS >> 1]
}

const converters = createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } })
const target = Buffer.alloc(64 * 1024)
const render = {
  amqp091: (message) => renderAmqp091Properties(message, target, 0),
  amqp10: (message) => renderAmqp10Head(message, undefined, true, 0, target, 0),
  mqtt: (message) => renderMqttProperties(message, undefined, [], target, 0),
}

const index = new FieldIndex()
const rows = []
for (const [message, to] of [
  [mqttMessage(), "amqp091"],
  [amqp091Message(), "mqtt"],
  [amqp10Message(), "amqp091"],
  [amqp10Message(), "mqtt"],
  [amqp091Message(), "amqp10"],
  [mqttMessage(), "amqp10"],
]) {
  const scanned = cost(() => formatOf(message.format).scan(message, index))
  const converted = cost(() => converters.convert(message, to))
  const native = cost(() => render[message.format](message))
  const both = cost(() => render[to](converters.convert(message, to)))
  rows.push({
    table: `${message.format} -> ${to}`,
    "scan ns": Math.round(scanned),
    "convert ns": Math.round(converted),
    "M conversions/s": Number((1000 / converted).toFixed(2)),
    "render ns": Math.round(native),
    "convert + render ns": Math.round(both),
    "converted : unconverted": Number((both / native).toFixed(1)),
  })
}
process.stdout.write(`${rows.map((row) => JSON.stringify(row)).join("\n")}\n`)
