import { DecodeError } from "@polymq/wire"
import { type Decoded, decodeComposite } from "../codec/codec.ts"
import { CONDITION } from "../codec/constants.ts"
import type { PerformativeName } from "../codec/layouts.ts"
import { Amqp10Error } from "../errors.ts"

/** Decodes the performative of an AMQP frame. Raises `Amqp10Error` of the connection. */
export function decodeFrameBody<Name extends PerformativeName>(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: readonly Name[],
): Decoded<Name> {
  try {
    return decodeComposite(bytes, start, end, expected)
  } catch (error) {
    throw error instanceof DecodeError ? new Amqp10Error("connection", CONDITION.decodeError, error.message) : error
  }
}
