import type { Datum, Encoding } from "@polymq/message"
import { decodeUtf8, encodeUtf8, isUtf8 } from "@polymq/wire"

/** The same octets as a decoded value of another encoding has them: only text and octets look different. */
export function recoded(value: Datum, encoding: Encoding | undefined): Datum {
  if (encoding === "text" && value instanceof Uint8Array) return isUtf8(value) ? decodeUtf8(value) : value
  if (encoding === "binary" && typeof value === "string") return encodeUtf8(value)
  return value
}
