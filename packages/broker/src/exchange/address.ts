/** Where an address leads. */
export interface Address {
  readonly exchange: string
  readonly routingKey: string
}

/** The exchange whose name is empty. */
const DEFAULT_EXCHANGE = ""

const TOPIC_EXCHANGE = "amq.topic"

type Form = (parts: readonly string[]) => Address | undefined

/** Address forms by their first part; the plural ones are the second generation, percent-encoded. */
const FORMS: Readonly<Record<string, Form>> = {
  queue: ([name, ...rest]) => (name === undefined ? undefined : toQueue([name, ...rest].join("/"))),
  queues: ([name, ...rest]) => (name === undefined || rest.length > 0 ? undefined : toQueue(decoded(name))),
  topic: (parts) => ({ exchange: TOPIC_EXCHANGE, routingKey: parts.join("/") }),
  exchange: ([name, ...key]) => (name ? { exchange: name, routingKey: key.join("/") } : undefined),
  exchanges: ([name, key = "", ...rest]) => {
    const exchange = decoded(name)
    const routingKey = decoded(key)
    if (!exchange || routingKey === undefined || rest.length > 0) return undefined
    return { exchange, routingKey }
  },
}

/**
 * Reads `/queue/q`, `/topic/k`, `/exchange/x/k`, `/amq/queue/q` and the percent-encoded forms `/queues/q` and `/exchanges/x/k`;
 * undefined for everything else.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.startsWith("/")) return undefined
  const path = text.startsWith("/amq/queue/") ? text.slice("/amq/".length) : text.slice(1)
  const [kind, ...parts] = path.split("/")
  if (kind === undefined || parts.length === 0 || !Object.hasOwn(FORMS, kind)) return undefined
  return FORMS[kind]?.(parts)
}

function toQueue(name: string | undefined): Address | undefined {
  return name ? { exchange: DEFAULT_EXCHANGE, routingKey: name } : undefined
}

function decoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
