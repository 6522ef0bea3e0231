import { randomBytes } from "node:crypto"
import type { Door } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { PROTOCOL_HEADER } from "./codec/constants.ts"
import { Amqp091Connection } from "./session/connection.ts"
import type { Amqp091Settings } from "./settings.ts"

/** What an AMQP 0.9.1 door is made of. */
export interface Amqp091DoorParts {
  /** Turns messages of other formats into what a consumer reads. */
  readonly converters: Converters
  /** What differs from the defaults: cluster "polymq", 1 000 consumers on a channel, tags of `amq.ctag-` and 16 random bytes. */
  readonly options?: Partial<Amqp091Settings>
}

const DEFAULT_SETTINGS: Amqp091Settings = {
  clusterName: "polymq",
  maxConsumersPerChannel: 1000,
  makeConsumerTag: () => `amq.ctag-${randomBytes(16).toString("base64url")}`,
}

/** Octets that tell whether a peer speaks some AMQP. */
const NAME = PROTOCOL_HEADER.subarray(0, 4)

/** The front door of AMQP 0.9.1 with RabbitMQ's extensions; its sessions never throw. */
export function createAmqp091Door({ converters, options = {} }: Amqp091DoorParts): Door {
  const settings = { ...DEFAULT_SETTINGS, ...options }
  return {
    protocol: "amqp",
    recognises,
    open: (peer, outbound, broker) => new Amqp091Connection({ broker, converters, settings }, peer, outbound),
  }
}

/** Any AMQP header but those of 1.0 is this door's, so that old versions are told which one is spoken (4.2.2). */
function recognises(first: Uint8Array): "yes" | "no" | "need-more" {
  const length = Math.min(first.length, NAME.length)
  for (let at = 0; at < length; at++) if (first[at] !== NAME[at]) return "no"
  if (first.length < PROTOCOL_HEADER.length) return "need-more"
  return first[5] === 1 && first[6] === 0 && first[7] === 0 ? "no" : "yes"
}
