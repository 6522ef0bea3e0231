// Starts a broker in this process, publishes one message with every property by each client library, and shows what each
// of the libraries gets, beside what was sent. Run by `npm run demo`; `npm run demo -- rhea` shows only the pairs that
// have the word in their names.
import { createBroker } from "polymq"
import { LIBRARIES } from "./clients.js"
import { sideBySide } from "./side-by-side.js"

const BODY = '{"order":17}'
const [only = ""] = process.argv.slice(2)

// Whoever reads has enough: `npm run demo | head`.
process.stdout.on("error", () => process.exit())

const print = (line = "") => process.stdout.write(`${line}\n`)

const broker = await createBroker()
const clients = []
for (const library of LIBRARIES) clients.push({ name: library.name, ...(await library.connect(broker.urls)) })

for (const publisher of clients) {
  await publisher.publish(BODY)
  for (const consumer of clients) {
    const arrived = await consumer.next()
    const title = `${publisher.name}  ->  ${consumer.name}`
    if (consumer === publisher || !title.includes(only)) continue
    print(title)
    print()
    for (const line of sideBySide({ ...publisher.sent, body: BODY }, arrived)) print(line)
    print()
  }
}

await Promise.all(clients.map((client) => client.close()))
await broker.close()
