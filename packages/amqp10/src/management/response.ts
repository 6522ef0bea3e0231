import {
  beginAmqp10List,
  beginAmqp10Map,
  AMQP10_DESCRIPTORS as DESCRIPTORS,
  endAmqp10List,
  endAmqp10Map,
  type Value,
  writeAmqp10Descriptor,
  writeAmqp10Null,
  writeAmqp10String,
  writeAmqp10Value,
} from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import { NOTHING } from "./arguments.ts"
import type { Status } from "./refusal.ts"

/** What a request is answered with. */
export interface Response {
  readonly status: Status
  readonly body: Value
}

/** Done, and nothing to say. */
export const NO_CONTENT: Response = { status: 204, body: NOTHING }

/** Fields of the properties section before the subject, all absent: message-id, user-id and to (AMQP 1.0 part 3, 3.2.4). */
const FIELDS_BEFORE_SUBJECT = 3

/**
 * A response as a message (HTTP over AMQP, working draft 6, 5.1): the status as its subject, the request's message-id as its
 * correlation-id. Raises `RangeError` when the body is nested too deeply for AMQP 1.0.
 */
export function encodeResponse({ status, body }: Response, correlationId: Value | undefined): Uint8Array {
  const writer = new ByteWriter()
  writeAmqp10Descriptor(writer, DESCRIPTORS["amqp:properties:list"])
  const properties = beginAmqp10List(writer)
  for (let left = FIELDS_BEFORE_SUBJECT; left > 0; left--) writeAmqp10Null(writer)
  writeAmqp10String(writer, String(status))
  writeAmqp10Null(writer)
  writeAmqp10Value(writer, correlationId ?? NOTHING)
  endAmqp10List(writer, properties, FIELDS_BEFORE_SUBJECT + 3)
  writeAmqp10Descriptor(writer, DESCRIPTORS["amqp:application-properties:map"])
  const application = beginAmqp10Map(writer)
  writeAmqp10String(writer, "http:response")
  writeAmqp10String(writer, "1.1")
  endAmqp10Map(writer, application, 1)
  writeAmqp10Descriptor(writer, DESCRIPTORS["amqp:amqp-value:*"])
  writeAmqp10Value(writer, body)
  return writer.take()
}
