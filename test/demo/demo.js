// Starts a broker in this process, publishes one message with every property by each client library, and shows what each
// of the libraries gets, beside what was sent. Run by `npm run demo`.
import { createBroker } from "polymq"
import { LIBRARIES } from "./clients.js"

const WIDTH = 49
const BODY = '{"order":17}'
/** Fields of the libraries themselves. */
const INTERNAL = new Set(["deliveryTag", "consumerTag", "clusterId"])

const print = (line = "") => process.stdout.write(`${line}\n`)

/** `key: value` lines of a message; headers and user properties indented below their name. */
function linesOf(message, indent = "") {
  return Object.entries(message)
    .filter(([key, value]) => value !== undefined && !INTERNAL.has(key))
    .flatMap(([key, value]) => {
      const isMap = typeof value === "object" && Object.getPrototypeOf(value ?? 0) !== Date.prototype
      if (!isMap || Array.isArray(value) || Buffer.isBuffer(value)) return [`${indent}${key}: ${textOf(value)}`]
      return [`${indent}${key}:`, ...linesOf(value, `${indent}  `)]
    })
}

function textOf(value) {
  if (Buffer.isBuffer(value)) return value.toString()
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? value.map(textOf).join(", ") : String(value)
}

function sideBySide(left, right) {
  const rows = Math.max(left.length, right.length)
  for (let row = 0; row < rows; row++) {
    print(`  ${(left[row] ?? "").slice(0, WIDTH - 1).padEnd(WIDTH)}${(right[row] ?? "").slice(0, WIDTH)}`.trimEnd())
  }
}

const broker = await createBroker()
const clients = []
for (const library of LIBRARIES) clients.push({ name: library.name, ...(await library.connect(broker.urls)) })

for (const publisher of clients) {
  await publisher.publish(BODY)
  for (const consumer of clients) {
    const arrived = await consumer.next()
    if (consumer === publisher) continue
    print(`${publisher.name}  ->  ${consumer.name}`)
    print()
    sideBySide(["sent", "----"], ["arrived", "-------"])
    sideBySide(linesOf({ ...publisher.sent, body: Buffer.from(BODY) }), linesOf(arrived))
    print()
  }
}

await Promise.all(clients.map((client) => client.close()))
await broker.close()
