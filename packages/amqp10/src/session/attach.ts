import { type Arguments, type Holder, NO_ARGUMENTS, type Outcome } from "@polymq/broker"
import { type Value, ValueMap } from "@polymq/message"
import { byteLength } from "@polymq/wire"
import type { Composite, Draft } from "../codec/composites.ts"
import { CONDITION, RECEIVER_SETTLE_MODE, ROLE, SENDER_SETTLE_MODE, SYMBOL } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"
import { attachPairHalf, isManagementLink } from "../management/attach-pair.ts"
import { queueAddress } from "./addresses.ts"
import { ConsumerLink } from "./consumer-link.ts"
import { removeQueue } from "./link-queue.ts"
import { PublisherLink } from "./publisher-link.ts"
import type { Amqp10Session } from "./session.ts"
import type { SessionLink } from "./session-link.ts"
import { outcomeOf } from "./settled-outcomes.ts"
import { openSource, openTarget, REPLY_QUEUE } from "./terminus.ts"

type Attach = Composite<"attach">

/** An attached link and the attach that answers the peer's. */
export interface Attached {
  readonly link: SessionLink
  readonly answer: Draft<"attach">
}

/** Longest link name and address, in bytes: sessions keep them as long as the link. */
const MAX_TEXT_BYTES = 4096

/** Makes the link that the peer asks for. Raises `Amqp10Error` and `BrokerError`. */
export function attachLink(session: Amqp10Session, attach: Attach): Attached {
  checkAttach(attach)
  if (isManagementLink(attach)) return attachPairHalf(session, attach, limitOf(attach.maxMessageSize))
  return attach.role === ROLE.sender ? attachPublisher(session, attach) : attachConsumer(session, attach)
}

/** The attach that precedes the detach of a refused link: the terminus that is ours is missing (AMQP 1.0 part 2, 2.6.3). */
export function refusedAttach(attach: Attach): Draft<"attach"> {
  const isSender = attach.role === ROLE.sender
  return {
    type: "attach",
    name: attach.name,
    handle: attach.handle,
    role: !attach.role,
    source: isSender ? echoedSource(attach) : undefined,
    target: isSender ? undefined : echoedTarget(attach),
    initialDeliveryCount: isSender ? undefined : 0,
  }
}

function checkAttach({ name, sndSettleMode, rcvSettleMode, source, target, ...attach }: Attach): void {
  if (sndSettleMode > SENDER_SETTLE_MODE.mixed || rcvSettleMode > RECEIVER_SETTLE_MODE.second) {
    throw new Amqp10Error("link", CONDITION.invalidField, "a settle mode that does not exist")
  }
  const targetAddress = target?.type === "target" ? target.address : undefined
  for (const text of [name, source?.address, targetAddress]) {
    if (text === undefined || byteLength(text) <= MAX_TEXT_BYTES) continue
    throw new Amqp10Error("link", CONDITION.invalidField, `a name or address of more than ${MAX_TEXT_BYTES} bytes`)
  }
  const { value: unsettled } = attach.unsettled ?? {}
  if (attach.incompleteUnsettled || (unsettled instanceof ValueMap && unsettled.entries.length > 0)) {
    throw new Amqp10Error("link", CONDITION.notImplemented, "resuming links is not implemented")
  }
}

function attachPublisher(session: Amqp10Session, attach: Attach): Attached {
  const { name, handle, initialDeliveryCount, sndSettleMode, rcvSettleMode } = attach
  if (initialDeliveryCount === undefined) {
    throw new Amqp10Error("link", CONDITION.invalidField, "a sender's attach needs an initial-delivery-count")
  }
  const { destination, address, ownedQueue } = openTarget(session.port.access, attach.target)
  const isDynamic = ownedQueue !== undefined
  const settleModes = { sender: sndSettleMode, receiver: rcvSettleMode }
  return {
    link: new PublisherLink({ name, handle, initialDeliveryCount, destination, ownedQueue, settleModes }, session),
    answer: {
      ...answerTo(attach),
      source: echoedSource(attach),
      target: {
        type: "target",
        address,
        dynamic: isDynamic || undefined,
        capabilities: isDynamic ? [SYMBOL.temporaryQueue] : undefined,
      },
      maxMessageSize: BigInt(session.port.broker.limits.maxMessageBytes),
    },
  }
}

function attachConsumer(session: Amqp10Session, attach: Attach): Attached {
  const { name, handle } = attach
  const { access } = session.port
  const source = openSource(access, attach.source)
  const defaultOutcome = outcomeOf(attach.source?.defaultOutcome) ?? "released"
  const { queue, isOwned } = source
  const maxMessageBytes = limitOf(attach.maxMessageSize)
  const isPresettled = attach.sndSettleMode === SENDER_SETTLE_MODE.settled
  const settlesOnDelivery = isPresettled && (maxMessageBytes === Number.POSITIVE_INFINITY || queue === REPLY_QUEUE)
  const link = new ConsumerLink(
    { name, handle, queue, isOwned, isPresettled, settlesOnDelivery, defaultOutcome, maxMessageBytes },
    session,
  )
  let holder: Holder
  try {
    holder = access.consume(queue, link, consumerArguments(attach.properties))
  } catch (error) {
    if (isOwned) removeQueue(access, queue)
    throw error
  }
  link.attached(holder)
  return {
    link,
    answer: {
      ...answerTo(attach),
      source: answeredSource(attach, source.address ?? queueAddress(holder.name), isOwned, defaultOutcome),
      target: echoedTarget(attach),
      initialDeliveryCount: 0,
    },
  }
}

/** Both settle modes are as the peer asks: it settles by dispositions either way (part 2, 2.6.12). */
function answerTo({ name, handle, role, sndSettleMode, rcvSettleMode }: Attach): Draft<"attach"> {
  return { type: "attach", name, handle, role: !role, sndSettleMode, rcvSettleMode }
}

/** The source as it is in force; filters are left out, which tells that none is (part 3, 3.5.3). */
function answeredSource(
  { source }: Attach,
  address: string,
  isOwned: boolean,
  defaultOutcome: Outcome,
): Draft<"source"> {
  const isDynamic = source?.dynamic === true
  const isVolatile = isDynamic && source.capabilities.includes(SYMBOL.volatileQueue)
  return {
    type: "source",
    address,
    dynamic: isDynamic || undefined,
    expiryPolicy: isOwned || isVolatile ? "link-detach" : undefined,
    defaultOutcome: defaultOutcome === "failed" ? { type: "modified", deliveryFailed: true } : { type: defaultOutcome },
    outcomes: [SYMBOL.accepted, SYMBOL.rejected, SYMBOL.released, SYMBOL.modified],
    capabilities: isDynamic ? [isVolatile ? SYMBOL.volatileQueue : SYMBOL.temporaryQueue] : undefined,
  }
}

function echoedSource({ source }: Attach): Draft<"source"> | undefined {
  return source === undefined ? undefined : { type: "source", address: source.address }
}

function echoedTarget({ target }: Attach): Draft<"target"> | undefined {
  return target?.type === "target" ? { type: "target", address: target.address } : undefined
}

/** Absent and 0 mean that there is no limit (part 2, 2.7.3). */
function limitOf(maxMessageSize: bigint | undefined): number {
  return maxMessageSize === undefined || maxMessageSize === 0n ? Number.POSITIVE_INFINITY : Number(maxMessageSize)
}

/** Link properties that say how to consume, by the consumer arguments that they stand for. */
const CONSUMER_PROPERTIES: Readonly<Record<string, string>> = { "rabbitmq:priority": "x-priority" }

function consumerArguments(properties: Value | undefined): Arguments {
  if (!(properties?.value instanceof ValueMap)) return NO_ARGUMENTS
  const named = properties.value.entries.flatMap(([{ value: key }, { value }]) => {
    const argument =
      typeof key === "string" && Object.hasOwn(CONSUMER_PROPERTIES, key) ? CONSUMER_PROPERTIES[key] : undefined
    const isPlain = typeof value === "number" || typeof value === "bigint" || typeof value === "string"
    return argument === undefined || !isPlain ? [] : [[argument, value] as const]
  })
  return named.length === 0 ? NO_ARGUMENTS : new Map(named)
}
