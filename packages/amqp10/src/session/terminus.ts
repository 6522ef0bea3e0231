import { type Access, BrokerError, NO_ARGUMENTS } from "@polymq/broker"
import { byteLength } from "@polymq/wire"
import type { Composite } from "../codec/composites.ts"
import { CONDITION, SYMBOL } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"
import { type Address, MAX_NAME_BYTES, parseAddress, queueAddress } from "./addresses.ts"

/** A queue that a receiving link takes from. */
export interface SourceQueue {
  readonly queue: string
  /** The address that the link is told, the dynamic one or what it asked for; undefined: that of the holder it gets. */
  readonly address: string | undefined
  /** Whether the queue was made for this link and ends with it. */
  readonly isOwned: boolean
}

/** Stands for a queue of one consumer, which keeps nothing: RabbitMQ's direct reply-to. */
export const REPLY_QUEUE = "amq.rabbitmq.reply-to"

/** Where the messages of a sending link go. */
export type Destination =
  | { readonly kind: "fixed"; readonly exchange: string; readonly routingKey: string }
  /** The key is each message's subject. */
  | { readonly kind: "by-subject"; readonly exchange: string }
  /** Each message's `to` says. */
  | { readonly kind: "anonymous" }

export interface TargetNode {
  readonly destination: Destination
  readonly address: string | undefined
  /** A queue that was made for this link and ends with it. */
  readonly ownedQueue: string | undefined
}

/** Finds or makes what a receiver's source names. Raises `Amqp10Error` and `BrokerError`. */
export function openSource(access: Access, source: Composite<"source"> | undefined): SourceQueue {
  if (source === undefined) throw invalid("a receiving link needs a source")
  if (source.dynamic) {
    if (source.address !== undefined) throw invalid("a dynamic source has no address of its own")
    if (source.capabilities.includes(SYMBOL.volatileQueue)) {
      return { queue: REPLY_QUEUE, address: undefined, isOwned: false }
    }
    const queue = declareOwned(access, true)
    return { queue, address: queueAddress(queue), isOwned: true }
  }
  const address = wellFormed(source.address)
  const text = source.address ?? ""
  if (address.kind === "queue") {
    if (source.distributionMode === "copy") {
      throw notImplemented("browsing is not implemented: messages of a queue are moved, not copied")
    }
    findQueue(access, address)
    return { queue: address.queue, address: text, isOwned: false }
  }
  if (source.expiryPolicy === "never") {
    throw notImplemented("durable subscriptions are not implemented: attach to a queue that is bound to the exchange")
  }
  access.checkExchange(address.exchange)
  const queue = declareOwned(access, true)
  try {
    const destination = { kind: "queue", name: queue } as const
    access.bind({ source: address.exchange, destination, key: address.routingKey, arguments: NO_ARGUMENTS })
  } catch (error) {
    access.deleteQueue(queue, { ifUnused: false, ifEmpty: false })
    throw error
  }
  return { queue, address: text, isOwned: true }
}

/** Finds or makes what a sender's target names. Raises `Amqp10Error` and `BrokerError`. */
export function openTarget(
  access: Access,
  target: Composite<"target"> | Composite<"coordinator"> | undefined,
): TargetNode {
  if (target === undefined) throw invalid("a sending link needs a target")
  if (target.type === "coordinator") {
    throw notImplemented("transactions are not implemented")
  }
  if (target.dynamic) {
    if (target.address !== undefined) throw invalid("a dynamic target has no address of its own")
    const queue = declareOwned(access, false)
    const destination = { kind: "fixed", exchange: "", routingKey: queue } as const
    return { destination, address: queueAddress(queue), ownedQueue: queue }
  }
  if (target.address === undefined) {
    return { destination: { kind: "anonymous" }, address: undefined, ownedQueue: undefined }
  }
  const address = wellFormed(target.address)
  if (address.kind === "queue") findQueue(access, address)
  else access.checkExchange(address.exchange)
  return { destination: destinationOf(address), address: target.address, ownedQueue: undefined }
}

/** Where an address leads that has been found well-formed. */
export function destinationOf(address: WellFormed): Destination {
  if (address.kind === "queue") return { kind: "fixed", exchange: "", routingKey: address.queue }
  const { exchange, routingKey } = address
  return address.isKeyFromSubject ? { kind: "by-subject", exchange } : { kind: "fixed", exchange, routingKey }
}

type WellFormed = Exclude<Address, { readonly kind: "malformed" }>

/** Reads an address. Raises `Amqp10Error` of the link. */
export function wellFormed(text: string | undefined): WellFormed {
  const address = parseAddress(text ?? "")
  if (address.kind === "malformed") throw invalid(address.reason)
  return address
}

/** A queue named in the first generation is made when there is none; one that another connection owns can still be sent to. */
function findQueue(access: Access, address: WellFormed & { readonly kind: "queue" }): void {
  try {
    access.checkQueue(address.queue)
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
    if (error.code === "RESOURCE_LOCKED") return
    if (error.code !== "NOT_FOUND" || !address.isDeclared) throw error
    if (byteLength(address.queue) > MAX_NAME_BYTES) throw invalid(`a queue's name has at most ${MAX_NAME_BYTES} bytes`)
    access.declareQueue({
      name: address.queue,
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: NO_ARGUMENTS,
    })
  }
}

function declareOwned(access: Access, autoDelete: boolean): string {
  return access.declareQueue({ name: "", durable: false, exclusive: true, autoDelete, arguments: NO_ARGUMENTS }).name
}

function notImplemented(description: string): Amqp10Error {
  return new Amqp10Error("link", CONDITION.notImplemented, description)
}

function invalid(description: string): Amqp10Error {
  return new Amqp10Error("link", CONDITION.invalidField, description)
}
