import { AMQP10_CODE } from "@polymq/message"
import { ByteWriter, decodeUtf8, encodeUtf8 } from "@polymq/wire"
import type { Condition, Transform } from "../table.ts"
import { CONVERTED } from "../verdict.ts"

/** What the text form of a UUID begins with (RFC 4122 section 3). */
const PREFIX = encodeUtf8("urn:uuid:")
/** Lengths of the groups of hexadecimal digits. */
const GROUPS = [8, 4, 4, 4, 12] as const
const TEXT_BYTES = PREFIX.length + 36
const UUID_BYTES = 16

const HYPHEN = 0x2d
const DIGITS = encodeUtf8("0123456789abcdef")
const VALUES = digitValues()

/**
 * "urn:uuid:" in lower case and a UUID whose digits may be in either. Other spellings of the prefix name the same UUID,
 * but are kept as the text that they are.
 */
export const isUrnUuid: Condition = {
  name: "isUrnUuid",
  text: "valid urn uuid",
  test: ({ bytes, start, end }) => {
    if (end - start !== TEXT_BYTES) return false
    for (let at = 0; at < PREFIX.length; at++) if (bytes[start + at] !== PREFIX[at]) return false
    return areGroups(bytes, start + PREFIX.length)
  },
}

/** The text of a UUID, which has been checked by `isUrnUuid`, to a uuid of AMQP 1.0 (part 1, section 1.6.18). */
export const urnToUuid: Transform = {
  name: "urnToUuid",
  text: "text of a UUID to its 16 octets",
  apply: ({ bytes, start, end }, out) => {
    const { writer } = out
    writer.uint8(AMQP10_CODE.uuid)
    for (let at = start + PREFIX.length; at < end; ) {
      if (bytes[at] === HYPHEN) at++
      else {
        writer.uint8(((VALUES[bytes[at] as number] as number) << 4) | (VALUES[bytes[at + 1] as number] as number))
        at += 2
      }
    }
    return CONVERTED
  },
}

/** A uuid of AMQP 1.0 to its text: "urn:uuid:550e8400-e29b-41d4-a716-446655440000". */
export const uuidToUrn: Transform = {
  name: "uuidToUrn",
  text: "uuid to `urn:uuid:` and its text",
  apply: ({ bytes, end }, out) => {
    putUrn(out.writer, bytes, end - UUID_BYTES)
    return CONVERTED
  },
}

/** The text of the 16 octets of a UUID. */
export function urnOf(octets: Uint8Array): string {
  const writer = new ByteWriter(TEXT_BYTES)
  putUrn(writer, octets, 0)
  return decodeUtf8(writer.bytes, 0, writer.at)
}

function putUrn(writer: ByteWriter, bytes: Uint8Array, start: number): void {
  let at = start
  writer.copy(PREFIX)
  for (const [group, digits] of GROUPS.entries()) {
    if (group > 0) writer.uint8(HYPHEN)
    for (let left = digits; left > 0; left -= 2) {
      const octet = bytes[at++] as number
      writer.uint8(DIGITS[octet >>> 4] as number)
      writer.uint8(DIGITS[octet & 15] as number)
    }
  }
}

function areGroups(bytes: Uint8Array, start: number): boolean {
  let at = start
  for (const [group, digits] of GROUPS.entries()) {
    if (group > 0 && bytes[at++] !== HYPHEN) return false
    for (const end = at + digits; at < end; at++) if ((VALUES[bytes[at] as number] as number) < 0) return false
  }
  return true
}

/** Octet to the value of the hexadecimal digit that it is, -1 for others. */
function digitValues(): Int8Array {
  const values = new Int8Array(256).fill(-1)
  for (const [value, digit] of DIGITS.entries()) {
    values[digit] = value
    values[String.fromCharCode(digit).toUpperCase().charCodeAt(0)] = value
  }
  return values
}
