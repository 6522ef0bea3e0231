import type { Argument, Arguments } from "../api/arguments.ts"
import { BrokerError } from "../api/errors.ts"
import { COUNT, FLAG, INTEGER, OCTET, POSITIVE, type Shape, TEXT } from "./argument-shape.ts"

/** What this version does about an argument. */
type Support =
  /** Has its effect, and belongs to what a repeated declaration must agree on. */
  | "implemented"
  /** Has no effect on one node. */
  | "accepted"
  /** A known feature that is not there: refused by name, never ignored. */
  | "refused"

interface ArgumentRule {
  readonly shape: Shape
  readonly support: Support
  /** Where only these values are possible. */
  readonly values?: Readonly<Record<string, Support>>
  /** Where only queues of this type have it. */
  readonly onlyFor?: "classic" | "quorum" | "stream"
  /** Where it means nothing without another argument: that one, and the words for its absence. */
  readonly needs?: { readonly argument: string; readonly words: string }
}

/** What can be declared, and what becomes of each argument. */
export type ArgumentRules = Readonly<Record<string, ArgumentRule>>

const refused = (shape: Shape): ArgumentRule => ({ shape, support: "refused" })
const accepted = (shape: Shape): ArgumentRule => ({ shape, support: "accepted" })
const ofStreams = (shape: Shape): ArgumentRule => ({ ...refused(shape), onlyFor: "stream" })
const implemented = (shape: Shape): ArgumentRule => ({ shape, support: "implemented" })

/** Arguments of a queue's declaration; others are stored and mean nothing. */
export const QUEUE_ARGUMENTS: ArgumentRules = {
  "x-message-ttl": implemented(COUNT),
  "x-queue-type": {
    shape: TEXT,
    support: "implemented",
    values: { classic: "implemented", quorum: "implemented", stream: "refused" },
  },
  "x-queue-mode": accepted(TEXT),
  "x-queue-version": accepted(INTEGER),
  "x-queue-leader-locator": accepted(TEXT),
  "x-queue-master-locator": accepted(TEXT),
  "x-quorum-initial-group-size": accepted(POSITIVE),
  "x-quorum-target-group-size": accepted(POSITIVE),
  "x-max-in-memory-length": accepted(COUNT),
  "x-max-in-memory-bytes": accepted(COUNT),
  "x-dead-letter-exchange": implemented(TEXT),
  "x-dead-letter-routing-key": {
    shape: TEXT,
    support: "implemented",
    needs: { argument: "x-dead-letter-exchange", words: "routing_key_but_no_dlx_defined" },
  },
  "x-dead-letter-strategy": {
    shape: TEXT,
    support: "implemented",
    values: { "at-most-once": "implemented", "at-least-once": "implemented" },
    onlyFor: "quorum",
  },
  "x-max-length": implemented(COUNT),
  "x-max-length-bytes": implemented(COUNT),
  "x-overflow": {
    shape: TEXT,
    support: "implemented",
    values: { "drop-head": "implemented", "reject-publish": "implemented", "reject-publish-dlx": "implemented" },
  },
  "x-max-priority": { shape: OCTET, support: "implemented", onlyFor: "classic" },
  "x-expires": implemented(POSITIVE),
  "x-single-active-consumer": implemented(FLAG),
  "x-delivery-limit": { shape: INTEGER, support: "implemented", onlyFor: "quorum" },
  "x-delayed-retry-type": refused(TEXT),
  "x-delayed-retry-min": refused(COUNT),
  "x-delayed-retry-max": refused(COUNT),
  "x-consumer-timeout": refused(COUNT),
  "x-consumer-disconnected-timeout": refused(COUNT),
  "x-max-age": ofStreams(TEXT),
  "x-stream-max-segment-size-bytes": ofStreams(COUNT),
  "x-stream-filter-size-bytes": ofStreams(COUNT),
  "x-initial-cluster-size": ofStreams(POSITIVE),
}

/** Arguments of a consumer. */
export const CONSUMER_ARGUMENTS: ArgumentRules = {
  "x-priority": implemented(INTEGER),
  "x-stream-offset": refused({ expected: "an offset specification", test: () => true }),
  "x-stream-filter": refused({ expected: "text or a list of texts", test: () => true }),
  "x-stream-match-unfiltered": refused(FLAG),
}

/** Arguments of an exchange's declaration. */
export const EXCHANGE_ARGUMENTS: ArgumentRules = {
  "alternate-exchange": implemented(TEXT),
}

/**
 * Raises `PRECONDITION_FAILED` for a known argument of a wrong type or value, and where there is none, `NOT_IMPLEMENTED`
 * for a feature that is not there. `subject` names what is declared: "queue 'q' in vhost '/'".
 */
export function checkArguments(declared: Arguments, rules: ArgumentRules, subject: string): void {
  for (const [name, value] of declared) {
    const rule = ruleOf(name, rules)
    if (rule === undefined) continue
    checkContext(name, rule, declared, subject)
    checkValue(name, rule, value, subject)
  }
  for (const [name, value] of declared) {
    const rule = ruleOf(name, rules)
    if ((rule?.values?.[String(value)] ?? rule?.support) === "refused") {
      throw new BrokerError(
        "NOT_IMPLEMENTED",
        `argument '${name}' with value '${shown(value)}' for ${subject} is not implemented`,
      )
    }
  }
}

function ruleOf(name: string, rules: ArgumentRules): ArgumentRule | undefined {
  return Object.hasOwn(rules, name) ? rules[name] : undefined
}

function checkValue(name: string, { shape, values }: ArgumentRule, value: Argument, subject: string): void {
  if (shape.test(value) && (values === undefined || Object.hasOwn(values, String(value)))) return
  const expected = values === undefined ? shape.expected : `one of ${Object.keys(values).join(", ")}`
  throw new BrokerError(
    "PRECONDITION_FAILED",
    `invalid arg '${name}' for ${subject}: received '${shown(value)}' but expected ${expected}`,
  )
}

/** Raises `PRECONDITION_FAILED` where the other arguments leave this one without a meaning. */
function checkContext(name: string, { onlyFor, needs }: ArgumentRule, declared: Arguments, subject: string): void {
  const queueType = declared.get("x-queue-type") ?? "classic"
  if (onlyFor !== undefined && onlyFor !== queueType) {
    throw new BrokerError(
      "PRECONDITION_FAILED",
      `invalid arg '${name}' for ${subject} of queue type rabbit_${shown(queueType)}_queue`,
    )
  }
  if (needs !== undefined && !declared.has(needs.argument)) {
    throw new BrokerError("PRECONDITION_FAILED", `invalid arg '${name}' for ${subject}: ${needs.words}`)
  }
}

/** Names of the arguments that a repeated declaration must agree on. */
export function comparedArguments(rules: ArgumentRules): readonly string[] {
  return Object.keys(rules).filter((name) => rules[name]?.support === "implemented")
}

/** An argument for an error text. */
export function shown(value: Argument): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (value instanceof Map) return `table of ${value.size}`
  return Array.isArray(value) ? `array of ${value.length}` : String(value)
}
