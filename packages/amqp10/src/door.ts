import type { Broker, Door, Outbound, Peer, Session } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { AMQP_HEADER, PROTOCOL_ID } from "./codec/constants.ts"
import { Amqp10Connection, type ConnectionContext } from "./session/connection.ts"

/** Settings of an AMQP 1.0 door. */
export interface Amqp10DoorOptions {
  readonly converters: Converters
  /** Deliveries a sender may have under way on one link, 1 to 65 535; 170 when absent. */
  readonly linkCredit?: number
  /** Transfers a peer may send on one session before it hears of a new window, 1 to 65 535; 512 when absent. */
  readonly incomingWindow?: number
}

const DEFAULT_LINK_CREDIT = 170
const DEFAULT_INCOMING_WINDOW = 512
const MAJOR_VERSION = 1
const MAGIC_BYTES = 4

/**
 * The front door of AMQP 1.0 (OASIS, parts 2, 3 and 5), with SASL PLAIN, and from loopback ANONYMOUS or no SASL at all.
 * It recognises the headers of version 1, those of TLS included, which it answers with the header that it takes.
 */
export function createAmqp10Door({ converters, linkCredit, incomingWindow }: Amqp10DoorOptions): Door {
  const settings = {
    linkCredit: linkCredit ?? DEFAULT_LINK_CREDIT,
    incomingWindow: incomingWindow ?? DEFAULT_INCOMING_WINDOW,
  }
  const contexts = new WeakMap<Broker, ConnectionContext>()
  return {
    protocol: "amqp10",
    recognises,
    open(peer: Peer, outbound: Outbound, broker: Broker): Session {
      const context = contexts.get(broker) ?? { broker, converters, settings }
      contexts.set(broker, context)
      return new Amqp10Connection(context, peer, outbound)
    },
  }
}

/** "AMQP", a protocol id of version 1.0 (part 2, 2.2), major version 1. */
function recognises(first: Uint8Array): "yes" | "no" | "need-more" {
  for (let at = 0; at < MAGIC_BYTES; at++) {
    if (at === first.length) return "need-more"
    if (first[at] !== AMQP_HEADER[at]) return "no"
  }
  if (first.length < MAGIC_BYTES + 2) return "need-more"
  const id = first[MAGIC_BYTES]
  const isOurs = id === PROTOCOL_ID.amqp || id === PROTOCOL_ID.tls || id === PROTOCOL_ID.sasl
  return isOurs && first[MAGIC_BYTES + 1] === MAJOR_VERSION ? "yes" : "no"
}
