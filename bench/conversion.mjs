// What a conversion costs, for every table and a message of seven properties and four headers, and what a converted
// message costs beside one that stays in its format. All tables run in turns in one process, as they do in a broker.
// Run after `npm run build`: node bench/conversion.mjs [name of a table, "mqtt-amqp091"]
import { createConverters } from "@polymq/convert"
import {
  amqp10HeadBytes,
  amqp091PropertiesBytes,
  FieldIndex,
  formatOf,
  mqttPropertiesBytes,
  renderAmqp10Head,
  renderAmqp091Properties,
  renderMqttProperties,
} from "@polymq/message"
import { messages } from "./conversion/messages.mjs"

const ROUNDS = 15
const CALLS = 40_000

const converters = createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } })
const target = Buffer.alloc(64 * 1024)
const NO_IDENTIFIERS = []
const render = {
  amqp091: (message) => amqp091PropertiesBytes(message) + renderAmqp091Properties(message, target, 0),
  amqp10: (message) =>
    amqp10HeadBytes(message, message.ttlMs, 0) + renderAmqp10Head(message, message.ttlMs, true, 0, target, 0),
  mqtt: (message) => mqttPropertiesBytes(message) + renderMqttProperties(message, undefined, NO_IDENTIFIERS, target, 0),
}

/** Nanoseconds of processor time per call. */
function cost(call) {
  const start = process.cpuUsage()
  for (let at = 0; at < CALLS; at++) call()
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1000) / CALLS
}

/** A fixed piece of work of about a microsecond: tells how fast the machine is while this runs. */
const block = Buffer.alloc(1024, "polymq")
function calibrate() {
  let hash = 0
  for (let at = 0; at < block.length; at++) hash = (Math.imul(hash, 31) + block[at]) | 0
  return hash
}

function median(values) {
  return [...values].sort((left, right) => left - right)[values.length >> 1]
}

const index = new FieldIndex()
const formats = Object.keys(messages)
const pairs = formats
  .flatMap((from) =>
    formats.filter((to) => to !== from).map((to) => ({ from, to, scan: [], convert: [], native: [], both: [] })),
  )
  .filter(({ from, to }) => process.argv[2] === undefined || process.argv[2] === `${from}-${to}`)
const calibrations = []

for (let round = -2; round < ROUNDS; round++) {
  const calibration = cost(calibrate)
  if (round >= 0) calibrations.push(calibration)
  for (const { from, to, scan, convert, native, both } of pairs) {
    const message = messages[from]
    const { scan: find } = formatOf(from)
    const costs = [
      cost(() => find(message, index)),
      cost(() => converters.convert(message, to)),
      cost(() => render[from](message)),
      cost(() => render[to](converters.convert(message, to))),
    ]
    if (round < 0) continue
    for (const [place, list] of [scan, convert, native, both].entries()) list.push(costs[place])
  }
}

process.stdout.write(`calibration ${median(calibrations).toFixed(0)} ns\n`)
process.stdout.write(
  "| table | scan ns | convert ns | M/s | calibrated | render ns | convert + render ns | : unconverted |\n",
)
process.stdout.write("|---|---|---|---|---|---|---|---|\n")
for (const { from, to, scan, convert, native, both } of pairs) {
  const cells = [
    `${from} -> ${to}`,
    median(scan).toFixed(0),
    median(convert).toFixed(0),
    (1000 / median(convert)).toFixed(2),
    (median(convert) / median(calibrations)).toFixed(2),
    median(native).toFixed(0),
    median(both).toFixed(0),
    (median(both) / median(native)).toFixed(1),
  ]
  process.stdout.write(`| ${cells.join(" | ")} |\n`)
}
