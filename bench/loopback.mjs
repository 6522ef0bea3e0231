// Relays messages through a broker of its own process, from every protocol to every protocol, and prints what a message
// costs that process. Figures of one run may be compared with each other, not with those of another machine.
//
//   npm run build && node bench/loopback.mjs [messages per pair]
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { amqp10 } from "./loopback/amqp10.mjs"
import { amqp091 } from "./loopback/amqp091.mjs"
import { mqtt } from "./loopback/mqtt.mjs"

const MESSAGES = Number(process.argv[2] ?? 300_000)
const WINDOW = 1000
const BATCH = 250
const ROUNDS = 3
const PAYLOAD = Buffer.alloc(100, "x")
const PROTOCOLS = [
  mqtt("mqtt", false),
  amqp091("amqp091", false),
  amqp10("amqp10", false),
  mqtt("mqtt+properties", true),
  amqp091("amqp091+properties", true),
  amqp10("amqp10+properties", true),
]

const command = fileURLToPath(new URL("../packages/polymq/bin/polymq.js", import.meta.url))
const child = spawn(process.execPath, [command, "start", "--memory", "--json", "--amqp", "0", "--mqtt", "0"], {
  stdio: ["ignore", "pipe", "ignore"],
})

function portOf(protocol, urls) {
  return Number(new URL(protocol.name.startsWith("mqtt") ? urls.mqtt : urls.amqp).port)
}

/** Processor time of the broker in microseconds, user and system; Linux counts it in ticks of 10 ms. */
function cpuMicroseconds() {
  const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1].split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

async function relay(from, to, urls) {
  const topic = `bench/${PROTOCOLS.indexOf(from)}/${PROTOCOLS.indexOf(to)}`
  let received = 0
  let finished
  const done = new Promise((resolve) => {
    finished = resolve
  })
  const publisher = await from.publisher(portOf(from, urls), topic, PAYLOAD)
  const batch = Buffer.concat(Array(BATCH).fill(publisher.message))
  let sent = 0
  const refill = () => {
    while (sent < MESSAGES && sent - received <= WINDOW - BATCH) {
      publisher.write(batch)
      sent += BATCH
    }
  }
  const consumer = await to.consumer(portOf(to, urls), topic, () => {
    received++
    if (received === MESSAGES) finished()
    else if (sent - received <= WINDOW - BATCH) refill()
  })
  const cpu = cpuMicroseconds()
  const start = process.hrtime.bigint()
  refill()
  await done
  const seconds = Number(process.hrtime.bigint() - start) / 1e9
  const result = { perMessage: (cpuMicroseconds() - cpu) / MESSAGES, perSecond: MESSAGES / seconds }
  publisher.close()
  consumer.close()
  return result
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1]
}

for await (const line of createInterface({ input: child.stdout })) {
  const { urls } = JSON.parse(line)
  const pairs = PROTOCOLS.flatMap((from) => PROTOCOLS.map((to) => ({ from, to, results: [] }))).filter(
    ({ to }) => !to.name.includes("+"),
  )
  for (let round = 0; round < ROUNDS; round++) {
    for (const pair of pairs) pair.results.push(await relay(pair.from, pair.to, urls))
  }
  process.stdout.write(
    "| from | to | broker CPU µs per message | messages/s | to the same protocol = 1 |\n|---|---|---|---|---|\n",
  )
  for (const { from, to, results } of pairs) {
    const cost = median(results.map((result) => result.perMessage))
    const same = pairs.find((pair) => pair.from === from && from.name.startsWith(pair.to.name))
    const base = median(same.results.map((result) => result.perMessage))
    const rate = Math.round(median(results.map((result) => result.perSecond)) / 1000)
    process.stdout.write(
      `| ${from.name} | ${to.name} | ${cost.toFixed(2)} | ${rate} k | ${(cost / base).toFixed(2)} |\n`,
    )
  }
  child.kill()
}
