import { randomBytes } from "node:crypto"
import type { Door } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { PROTOCOL_HEADER } from "./codec/constants.ts"
import { Connection, type ConnectionSettings } from "./session/connection.ts"

/** What the AMQP 0.9.1 door is made with. */
export interface Amqp091DoorOptions {
  /** Turns messages of other formats into what a consumer reads. */
  readonly converters: Converters
  /** The server property cluster_name; "polymq" unless given. */
  readonly clusterName?: string
  /** Consumers that one channel may have; 1 000 unless given. */
  readonly maxConsumersPerChannel?: number
  /** Makes a consumer tag for a client that names none; `amq.ctag-` and 16 random bytes unless given. */
  readonly consumerTag?: () => string
}

/** Octets that tell whether a peer speaks some AMQP. */
const NAME = PROTOCOL_HEADER.subarray(0, 4)

/** The front door of AMQP 0.9.1 with RabbitMQ's extensions; its sessions never throw. */
export function createAmqp091Door(options: Amqp091DoorOptions): Door {
  const settings: ConnectionSettings = {
    converters: options.converters,
    clusterName: options.clusterName ?? "polymq",
    maxConsumersPerChannel: options.maxConsumersPerChannel ?? 1000,
    consumerTag: options.consumerTag ?? (() => `amq.ctag-${randomBytes(16).toString("base64url")}`),
  }
  return {
    protocol: "amqp",
    recognises,
    open: (peer, outbound, broker) => new Connection(settings, peer, outbound, broker),
  }
}

/** Any AMQP header but those of 1.0 is this door's, so that old versions are told which one is spoken (4.2.2). */
function recognises(first: Uint8Array): "yes" | "no" | "need-more" {
  const length = Math.min(first.length, NAME.length)
  for (let at = 0; at < length; at++) if (first[at] !== NAME[at]) return "no"
  if (first.length < PROTOCOL_HEADER.length) return "need-more"
  return first[5] === 1 && first[6] === 0 && first[7] === 0 ? "no" : "yes"
}
