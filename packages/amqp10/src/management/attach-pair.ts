import { type Value, ValueMap } from "@polymq/message"
import type { Composite, Draft } from "../codec/composites.ts"
import { CONDITION, RECEIVER_SETTLE_MODE, ROLE, SENDER_SETTLE_MODE } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"
import type { Amqp10Session } from "../session/session.ts"
import type { SessionLink } from "../session/session-link.ts"
import { RequestLink } from "./request-link.ts"
import { ResponseLink } from "./response-link.ts"

type Attach = Composite<"attach">

/** Address of the management node. */
const MANAGEMENT = "/management"

/** The link property that both halves of a pair carry (Link Pair 1.0, 2.1). */
const PAIRED = "paired"

const PAIRED_PROPERTIES: Value = {
  type: "map",
  value: new ValueMap([
    [
      { type: "symbol", value: PAIRED },
      { type: "boolean", value: true },
    ],
  ]),
}

/** Whether a link is one to the management node. */
export function isManagementLink({ role, source, target }: Attach): boolean {
  if (role === ROLE.receiver) return source?.address === MANAGEMENT
  return target?.type === "target" && target.address === MANAGEMENT
}

/**
 * Makes one half of a pair: two links of one name on one session, one of each direction. Raises `Amqp10Error`: not paired,
 * not settled, or the other half of that name belongs to something else.
 */
export function attachPairHalf(
  session: Amqp10Session,
  attach: Attach,
  maxMessageBytes: number,
): { readonly link: SessionLink; readonly answer: Draft<"attach"> } {
  if (!isPaired(attach.properties)) {
    const description = "Link property 'paired' is not set to boolean value 'true'"
    throw new Amqp10Error("link", CONDITION.invalidField, description)
  }
  return attach.role === ROLE.sender
    ? attachRequests(session, attach)
    : attachResponses(session, attach, maxMessageBytes)
}

function attachRequests(session: Amqp10Session, attach: Attach) {
  const { name, handle, initialDeliveryCount, source } = attach
  if (attach.sndSettleMode !== SENDER_SETTLE_MODE.settled) {
    throw new Amqp10Error("link", CONDITION.invalidField, `requests to ${MANAGEMENT} are sent settled`)
  }
  if (initialDeliveryCount === undefined) {
    throw new Amqp10Error("link", CONDITION.invalidField, "a sender's attach needs an initial-delivery-count")
  }
  const peerAddress = source?.address
  checkOtherHalf(session.links.outgoingNamed(name), peerAddress, name)
  const link = new RequestLink({ name, handle, initialDeliveryCount, peerAddress }, session)
  return { link, answer: { ...answerTo(attach), maxMessageSize: BigInt(link.maxMessageBytes) } }
}

function attachResponses(session: Amqp10Session, attach: Attach, maxMessageBytes: number) {
  const { name, handle, target } = attach
  const peerAddress = target?.type === "target" ? target.address : undefined
  const requests = session.links.incomingNamed(name)
  checkOtherHalf(requests, peerAddress, name)
  const link = new ResponseLink({ name, handle, peerAddress, maxMessageBytes }, session)
  // What an earlier half of this name had not sent is gone with it.
  requests?.topUp()
  return { link, answer: { ...answerTo(attach), initialDeliveryCount: 0 } }
}

function checkOtherHalf(other: SessionLink | undefined, peerAddress: string | undefined, name: string): void {
  const isHalf = other instanceof RequestLink || other instanceof ResponseLink
  if (!isHalf || other.peerAddress === peerAddress) return
  const description = `link '${name}' does not fit the other half of its management link pair`
  throw new Amqp10Error("link", CONDITION.preconditionFailed, description)
}

function answerTo({ name, handle, role, source, target }: Attach): Draft<"attach"> {
  return {
    type: "attach",
    name,
    handle,
    role: !role,
    sndSettleMode: SENDER_SETTLE_MODE.settled,
    rcvSettleMode: RECEIVER_SETTLE_MODE.first,
    source: { type: "source", address: source?.address, expiryPolicy: source?.expiryPolicy },
    target: target?.type === "target" ? { type: "target", address: target.address } : undefined,
    properties: PAIRED_PROPERTIES,
  }
}

function isPaired(properties: Value | undefined): boolean {
  if (!(properties?.value instanceof ValueMap)) return false
  return properties.value.entries.some(([key, { value }]) => key.value === PAIRED && value === true)
}
