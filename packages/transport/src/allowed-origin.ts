import { isLoopback } from "./is-loopback.ts"

/** Which pages may open WebSockets here: origins as browsers send them, or "*" for all. */
export type AllowedOrigins = readonly string[]

const WEB_PAGE = /^https?:\/\/([^/?#@]+?)(?::\d{1,5})?$/i

/**
 * Whether a WebSocket may be opened by this origin (RFC 6455, 10.2): programs other than browsers send none, pages of this
 * machine are welcome, others if they are listed.
 */
export function isAllowedOrigin(origin: string | undefined, allowed: AllowedOrigins): boolean {
  if (origin === undefined || allowed.includes("*")) return true
  return isOfThisMachine(origin) || allowed.some((one) => one.toLowerCase() === origin.toLowerCase())
}

function isOfThisMachine(origin: string): boolean {
  const host = WEB_PAGE.exec(origin)?.[1]?.toLowerCase() ?? ""
  return host === "localhost" || host === "[::1]" || isLoopback(host)
}
