import { byteLength } from "@polymq/wire"
import { MAX_NAME_BYTES } from "../session/addresses.ts"
import { Refusal } from "./refusal.ts"

const RESERVED_PREFIX = "amq."

/** Raises `Refusal` 400 for a name that no queue or exchange can have. */
export function checkName(name: string): void {
  if (/[\r\n]/.test(name)) {
    throw new Refusal(400, `Bad name '${name}': line feed and carriage return characters not allowed`)
  }
  if (byteLength(name) > MAX_NAME_BYTES) {
    throw new Refusal(400, `Bad name: ${byteLength(name)} bytes, at most ${MAX_NAME_BYTES} are allowed`)
  }
}

/** Raises `Refusal` 403 for a name that only the broker may give. */
export function checkNotReserved(kind: "exchange" | "queue", name: string, vhost: string): void {
  if (!name.startsWith(RESERVED_PREFIX)) return
  throw new Refusal(403, `${kind} '${name}' in vhost '${vhost}' starts with reserved prefix 'amq.'`)
}

/** Raises `Refusal` 403 for the exchange that nobody may change. */
export function checkNotDefault(exchange: string): void {
  if (exchange === "") throw new Refusal(403, "operation not permitted on the default exchange")
}
