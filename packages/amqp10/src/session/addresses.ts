/** Longest name of a queue or exchange that AMQP 0.9.1 clients can use as well, in bytes. */
export const MAX_NAME_BYTES = 255

/** What an address of a source, a target or a `to` property means. */
export type Address =
  | {
      readonly kind: "queue"
      readonly queue: string
      /** Made when there is none: addresses of the first generation. */
      readonly isDeclared: boolean
    }
  | {
      readonly kind: "exchange"
      readonly exchange: string
      readonly routingKey: string
      /** The key is each message's subject. */
      readonly isKeyFromSubject: boolean
    }
  | { readonly kind: "malformed"; readonly reason: string }

/** One form of address: what stands behind its prefix. */
interface AddressForm {
  readonly prefix: string
  readonly means: "queue" | "exchange" | "topic"
  /** v2 parts are percent-encoded (RFC 3986); v1 parts are taken as they are, and the last one may hold slashes. */
  readonly generation: 1 | 2
  readonly isDeclared?: true
}

/** Address forms of RabbitMQ's two generations; the first whose prefix fits counts. */
const FORMS: readonly AddressForm[] = [
  { prefix: "/queues/", means: "queue", generation: 2 },
  { prefix: "/exchanges/", means: "exchange", generation: 2 },
  { prefix: "/queue/", means: "queue", generation: 1, isDeclared: true },
  { prefix: "/amq/queue/", means: "queue", generation: 1 },
  { prefix: "/exchange/", means: "exchange", generation: 1 },
  { prefix: "/topic/", means: "topic", generation: 1 },
]

/** The exchange that `/topic/…` stands for. */
const TOPIC_EXCHANGE = "amq.topic"

/** Reads an address; what does not begin with a slash is the name of a queue. */
export function parseAddress(text: string): Address {
  if (!text.startsWith("/")) {
    return text === "" ? malformed("the address is empty") : { kind: "queue", queue: text, isDeclared: true }
  }
  const form = FORMS.find(({ prefix }) => text.startsWith(prefix))
  if (form === undefined) return malformed(`unknown address '${text}'`)
  const parts = splitParts(text.slice(form.prefix.length), form)
  if (parts === undefined) return malformed(`bad address '${text}'`)
  return addressOf(form, parts[0], parts[1])
}

/** The address of a queue, second generation. */
export function queueAddress(queue: string): string {
  return `/queues/${encodeURIComponent(queue)}`
}

function addressOf(form: AddressForm, first: string, second: string | undefined): Address {
  if (form.means === "topic") {
    return { kind: "exchange", exchange: TOPIC_EXCHANGE, routingKey: first, isKeyFromSubject: false }
  }
  if (first === "") return malformed("the address names nothing")
  if (form.means === "queue") return { kind: "queue", queue: first, isDeclared: form.isDeclared === true }
  const isKeyFromSubject = form.generation === 1 && second === undefined
  return { kind: "exchange", exchange: first, routingKey: second ?? "", isKeyFromSubject }
}

/** Splits what follows a prefix: one part, or for exchanges one and an optional second. */
function splitParts(rest: string, form: AddressForm): readonly [string, string | undefined] | undefined {
  const slash = form.means === "exchange" ? rest.indexOf("/") : -1
  const first = slash < 0 ? rest : rest.slice(0, slash)
  const second = slash < 0 ? undefined : rest.slice(slash + 1)
  if (form.generation === 1) return [first, second]
  if ((second ?? first).includes("/")) return undefined
  const decodedFirst = percentDecoded(first)
  const decodedSecond = second === undefined ? undefined : percentDecoded(second)
  if (decodedFirst === undefined || (second !== undefined && decodedSecond === undefined)) return undefined
  return [decodedFirst, decodedSecond]
}

function percentDecoded(text: string): string | undefined {
  if (!text.includes("%")) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function malformed(reason: string): Address {
  return { kind: "malformed", reason }
}
