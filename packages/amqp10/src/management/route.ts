import type { Access, BrokerErrorCode } from "@polymq/broker"
import type { Value } from "@polymq/message"
import type { Status } from "./refusal.ts"
import type { Response } from "./response.ts"

/** A request that has found its route. */
export interface Call {
  readonly access: Access
  /** The variable part of the path as it was sent, percent-encoded; empty when the route has none. */
  readonly segment: string
  readonly query: URLSearchParams
  /** Of the type that the route wants. */
  readonly body: Value
}

/** One thing that can be asked for. */
export interface Route {
  readonly method: "GET" | "PUT" | "POST" | "DELETE"
  /** Parts of the path; the one that begins with a colon is variable. */
  readonly path: readonly string[]
  /** AMQP type of the body. */
  readonly body: "null" | "map" | "binary"
  /** Statuses of the broker's refusals; 400 where nothing else is said. */
  readonly refusals?: Partial<Readonly<Record<BrokerErrorCode, Status>>>
  /** Does it. Raises `Refusal` and `BrokerError`. */
  readonly answer: (call: Call) => Response
}
