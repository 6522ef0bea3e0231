import type { Binding } from "../api/topology.ts"
import type { Queue } from "../queue/queue.ts"
import type { Exchange } from "./exchange.ts"

/** A binding together with the two ends that it names. */
export interface Bound {
  readonly identity: string
  readonly binding: Binding
  readonly source: Exchange
  readonly destination:
    | { readonly kind: "queue"; readonly queue: Queue }
    | { readonly kind: "exchange"; readonly exchange: Exchange }
}
