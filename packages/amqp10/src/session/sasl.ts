import type { Peer } from "@polymq/broker"
import { decodeUtf8, isUtf8 } from "@polymq/wire"

/** Mechanisms that are known. */
export const MECHANISM = { external: "EXTERNAL", plain: "PLAIN", anonymous: "ANONYMOUS" } as const

export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * Mechanisms offered to a peer, in order of preference (AMQP 1.0 part 5, 5.3.3.1): external with a verified certificate
 * only, anonymous from loopback only.
 */
export function offeredMechanisms({ isLoopback, certificateName }: Peer): readonly string[] {
  const { external, plain, anonymous } = MECHANISM
  return [...(certificateName === undefined ? [] : [external]), plain, ...(isLoopback ? [anonymous] : [])]
}

/** Whether the response of the EXTERNAL mechanism asks for the certificate's own identity (RFC 4422, appendix A). */
export function isOwnIdentity(response: Uint8Array, { certificateName }: Peer): boolean {
  return response.length === 0 || decodeUtf8(response) === certificateName
}

/** Reads a message of the PLAIN mechanism (RFC 4616): authorization identity, NUL, user name, NUL, password; undefined for anything else. */
export function readPlain(response: Uint8Array): Credentials | undefined {
  const first = response.indexOf(0)
  const second = response.indexOf(0, first + 1)
  if (first < 0 || second < 0 || response.includes(0, second + 1) || !isUtf8(response)) return undefined
  const username = decodeUtf8(response, first + 1, second)
  return { username, password: decodeUtf8(response, second + 1) }
}
