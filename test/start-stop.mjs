// Starts and closes a broker many times: prints how long each takes, and fails when a handle is left.
import { createBroker } from "polymq"

const ROUNDS = Number(process.argv[2] ?? 200)

const milliseconds = []
for (let round = 0; round < ROUNDS; round++) {
  const start = performance.now()
  const broker = await createBroker()
  await broker.close()
  milliseconds.push(performance.now() - start)
}
const [first] = milliseconds
milliseconds.sort((left, right) => left - right)
const at = (share) => milliseconds[Math.floor(share * (ROUNDS - 1))].toFixed(1)
process.stdout.write(
  `${ROUNDS} starts and stops: first ${first.toFixed(1)} ms, median ${at(0.5)} ms, 95 % within ${at(0.95)} ms\n`,
)
const left = process.getActiveResourcesInfo().filter((name) => name !== "TTYWrap" && name !== "PipeWrap")
if (left.length > 0) {
  process.stderr.write(`left behind: ${left.join(", ")}\n`)
  process.exitCode = 1
}
