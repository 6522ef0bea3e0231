import type { QueueSettings } from "../api/topology.ts"

/** A quorum queue outlives its clients, and has a name that they know. */
const UNFIT = [
  ["non-durable", ({ durable }: QueueSettings) => !durable],
  ["exclusive", ({ exclusive }: QueueSettings) => exclusive],
  ["server-named", ({ name }: QueueSettings) => name === ""],
] as const

/**
 * What keeps a queue that is asked for as a quorum queue from being one, in RabbitMQ's words; undefined when nothing
 * does, or it is of another type. `subject` names it: "queue 'q' in vhost '/'".
 */
export function quorumFault(asked: QueueSettings, subject: string): string | undefined {
  if (asked.arguments.get("x-queue-type") !== "quorum") return undefined
  const unfit = UNFIT.find(([, isSo]) => isSo(asked))
  return unfit === undefined ? undefined : `invalid property '${unfit[0]}' for ${subject}`
}
