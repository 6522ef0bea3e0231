import { BrokerError, type BrokerErrorCode } from "@polymq/broker"
import { PropertyError } from "@polymq/message"
import { byteLength, DecodeError } from "@polymq/wire"
import type { Draft } from "./codec/composites.ts"
import { CONDITION, type Condition } from "./codec/constants.ts"

/** What ends with an error (AMQP 1.0 part 2, 2.8.15 to 2.8.18). */
export type Amqp10ErrorScope = "link" | "session" | "connection"

/** A peer's mistake or a refusal, in the protocol's words; raised inside the door, answered with detach, end or close. */
export class Amqp10Error extends Error {
  override readonly name = "Amqp10Error"
  readonly condition: Condition
  readonly scope: Amqp10ErrorScope

  constructor(scope: Amqp10ErrorScope, condition: Condition, description: string) {
    super(description)
    this.scope = scope
    this.condition = condition
  }
}

/** Conditions for the broker's refusals. */
const BROKER_CONDITIONS: Readonly<Record<BrokerErrorCode, Condition>> = {
  NOT_FOUND: CONDITION.notFound,
  PRECONDITION_FAILED: CONDITION.preconditionFailed,
  ACCESS_REFUSED: CONDITION.unauthorizedAccess,
  RESOURCE_LOCKED: CONDITION.resourceLocked,
  NOT_IMPLEMENTED: CONDITION.notImplemented,
  NOT_ALLOWED: CONDITION.notAllowed,
  LIMIT_EXCEEDED: CONDITION.resourceLimitExceeded,
}

/** A broker's refusal as this protocol's error: of the connection when the broker says so, else of the link. */
export function fromBrokerError(error: BrokerError): Amqp10Error {
  const scope = error.scope === "connection" ? "connection" : "link"
  return new Amqp10Error(scope, BROKER_CONDITIONS[error.code], error.message)
}

/** What ends a link, in this protocol's words; raises again errors of a wider scope, and those that are nobody's refusal. */
export function linkError(error: unknown): Amqp10Error {
  if (error instanceof DecodeError) return new Amqp10Error("link", CONDITION.decodeError, error.message)
  if (error instanceof PropertyError) return new Amqp10Error("link", CONDITION.invalidField, error.message)
  const refusal = error instanceof BrokerError ? fromBrokerError(error) : error
  if (refusal instanceof Amqp10Error && refusal.scope === "link") return refusal
  throw refusal
}

/** Longest description that is sent, in bytes: an error has to fit the smallest frame. */
const MAX_DESCRIPTION_BYTES = 300

/** The error of a detach, end or close. */
export function errorDraft({ condition, message }: Amqp10Error): Draft<"error"> {
  // A UTF-16 unit takes at most three bytes.
  const description =
    byteLength(message) <= MAX_DESCRIPTION_BYTES ? message : message.slice(0, MAX_DESCRIPTION_BYTES / 3)
  return { type: "error", condition, description }
}
