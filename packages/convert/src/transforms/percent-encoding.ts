import { ByteWriter, encodeUtf8 } from "@polymq/wire"

const PERCENT = 0x25
const SLASH = 0x2f
/** Octets of "%2F". */
const ESCAPE_BYTES = 3

const DIGITS = encodeUtf8("0123456789ABCDEF")

/** By octet, 1 where it stands for itself in a path segment: the unreserved characters (RFC 3986 section 2.3). */
const IS_UNRESERVED: Uint8Array = Uint8Array.from({ length: 256 }, (_, octet) =>
  /[A-Za-z0-9._~-]/.test(String.fromCharCode(octet)) ? 1 : 0,
)

/** A path segment without its percent-encoding (RFC 3986 section 2.1); undefined where it is not one segment. */
export function percentDecoded(bytes: Uint8Array, start: number, end: number): Buffer | undefined {
  const writer = new ByteWriter(end - start + 1)
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === SLASH) return undefined
    if (byte !== PERCENT) writer.uint8(byte)
    else {
      if (end - at < ESCAPE_BYTES) return undefined
      const digits = String.fromCharCode(bytes[at + 1] as number, bytes[at + 2] as number)
      if (!/^[0-9a-f]{2}$/i.test(digits)) return undefined
      writer.uint8(Number.parseInt(digits, 16))
      at += ESCAPE_BYTES - 1
    }
  }
  return writer.bytes.subarray(0, writer.at)
}

/** Writes `bytes[start, end)` as a path segment: every octet that is not unreserved as its two digits. */
export function putPercentEncoded(writer: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at++) putEncodedOctet(writer, bytes[at] as number)
}

/** Writes one octet of a path segment likewise. */
export function putEncodedOctet(writer: ByteWriter, octet: number): void {
  if (IS_UNRESERVED[octet] === 1) {
    writer.uint8(octet)
    return
  }
  writer.uint8(PERCENT)
  writer.uint8(DIGITS[octet >>> 4] as number)
  writer.uint8(DIGITS[octet & 15] as number)
}
