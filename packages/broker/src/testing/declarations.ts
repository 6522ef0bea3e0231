import { refusal } from "@polymq/testkit"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { BrokerErrorCode } from "../api/errors.ts"
import type { ExchangeSettings, QueueSettings } from "../api/topology.ts"

/** A transient queue. */
export function queue(name: string, more: Partial<QueueSettings> = {}): QueueSettings {
  return { name, durable: false, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS, ...more }
}

/** A transient direct exchange. */
export function exchange(name: string, more: Partial<ExchangeSettings> = {}): ExchangeSettings {
  return {
    name,
    type: "direct",
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: NO_ARGUMENTS,
    ...more,
  }
}

/** How an operation is refused. */
export function codeOf(operation: () => unknown): BrokerErrorCode | "allowed" {
  return refusal(operation).replace(/: .*/s, "") as BrokerErrorCode | "allowed"
}
