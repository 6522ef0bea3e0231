/** Rounds that count, and calls in each; with `--brief` so few that they only show that all is well. */
const IS_BRIEF = process.argv.includes("--brief")
export const ROUNDS = IS_BRIEF ? 1 : 15
const CALLS = IS_BRIEF ? 100 : 40_000

/** Nanoseconds of processor time per call. */
export function cost(call) {
  const start = process.cpuUsage()
  for (let at = 0; at < CALLS; at++) call()
  const { user, system } = process.cpuUsage(start)
  return ((user + system) * 1000) / CALLS
}

export function median(values) {
  return [...values].sort((left, right) => left - right)[values.length >> 1]
}
