import type { Door } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { AMQP_HEADER, HEADER_BYTES } from "./codec/constants.ts"
import { Amqp10Connection } from "./session/connection.ts"
import type { Amqp10Settings } from "./settings.ts"

/** What an AMQP 1.0 door is made of. */
export interface Amqp10DoorParts {
  readonly converters: Converters
  /** What differs from the defaults: a link credit of 170, a window of 512 transfers. */
  readonly options?: Partial<Amqp10Settings>
}

const DEFAULT_SETTINGS: Amqp10Settings = { linkCredit: 170, incomingWindow: 512 }

/** Where the octets of a protocol header that do not tell the version are: the protocol id. */
const PROTOCOL_ID_AT = 4

/**
 * The front door of AMQP 1.0 (OASIS, parts 2, 3 and 5), with SASL PLAIN, and from this machine ANONYMOUS or no SASL at
 * all. It shares a port with AMQP 0.9.1. Its sessions never throw; errors of a peer end that peer's link, session or connection.
 */
export function createAmqp10Door({ converters, options = {} }: Amqp10DoorParts): Door {
  const settings = { ...DEFAULT_SETTINGS, ...options }
  return {
    protocol: "amqp10",
    recognises,
    open: (peer, outbound, broker) => new Amqp10Connection({ broker, converters, settings }, peer, outbound),
  }
}

/** Every header of version 1.0.0 is this door's, whatever its protocol id: one that it does not take is answered with one that it does. */
function recognises(first: Uint8Array): "yes" | "no" | "need-more" {
  for (let at = 0; at < HEADER_BYTES; at++) {
    if (at === first.length) return "need-more"
    if (at !== PROTOCOL_ID_AT && first[at] !== AMQP_HEADER[at]) return "no"
  }
  return "yes"
}
