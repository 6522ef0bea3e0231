import { createConverters } from "@polymq/convert"
import { FieldIndex, formatOf } from "@polymq/message"
import { cost, median, ROUNDS } from "./cost.mjs"
import { messages } from "./messages.mjs"
import { render } from "./render.mjs"

const TABLE = process.argv.slice(2).find((argument) => argument !== "--brief")

const converters = createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } })

/** A fixed piece of work of about a microsecond: tells how fast the machine is while this runs. */
const block = Buffer.alloc(1024, "polymq")
function calibrate() {
  let hash = 0
  for (let at = 0; at < block.length; at++) hash = (Math.imul(hash, 31) + block[at]) | 0
  return hash
}

const index = new FieldIndex()
const formats = Object.keys(messages)
const pairs = formats
  .flatMap((from) =>
    formats.filter((to) => to !== from).map((to) => ({ from, to, scan: [], convert: [], native: [], both: [] })),
  )
  .filter(({ from, to }) => TABLE === undefined || TABLE === `${from}-${to}`)
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
