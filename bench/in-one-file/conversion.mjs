import { createConverters } from "@polymq/convert"
import { FieldIndex, formatOf } from "@polymq/message"
import { cost, median, ROUNDS } from "./cost.mjs"
import { messages, variedMessages } from "./messages.mjs"
import { render } from "./render.mjs"

/** A power of two. */
const VARIED = 64

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
    formats
      .filter((to) => to !== from)
      .map((to) => ({ from, to, varied: variedMessages(from, VARIED), costs: [[], [], [], [], []] })),
  )
  .filter(({ from, to }) => TABLE === undefined || TABLE === `${from}-${to}`)
const calibrations = []

for (let round = -2; round < ROUNDS; round++) {
  const isCounted = round >= 0
  const calibration = cost(calibrate)
  if (isCounted) calibrations.push(calibration)
  for (const { from, to, varied, costs } of pairs) {
    const message = messages[from]
    const { scan } = formatOf(from)
    let next = 0
    const inTurn = [
      cost(() => scan(message, index)),
      cost(() => converters.convert(message, to)),
      cost(() => converters.convert(varied[next++ & (VARIED - 1)], to)),
      cost(() => render[from](message)),
      cost(() => render[to](converters.convert(message, to))),
    ]
    if (isCounted) for (const [place, list] of costs.entries()) list.push(inTurn[place])
  }
}

process.stdout.write(`calibration ${median(calibrations).toFixed(0)} ns\n`)
process.stdout.write("| table | scan ns | convert ns | M/s | varied ns | M/s | convert + render ns | : unconverted |\n")
process.stdout.write("|---|---|---|---|---|---|---|---|\n")
for (const { from, to, costs } of pairs) {
  const [scan, convert, varied, native, both] = costs.map(median)
  const cells = [
    `${from} -> ${to}`,
    scan.toFixed(0),
    convert.toFixed(0),
    (1000 / convert).toFixed(2),
    varied.toFixed(0),
    (1000 / varied).toFixed(2),
    both.toFixed(0),
    (both / native).toFixed(1),
  ]
  process.stdout.write(`| ${cells.join(" | ")} |\n`)
}
