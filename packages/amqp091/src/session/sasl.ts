import type { Peer } from "@polymq/broker"
import { readArguments } from "@polymq/message"
import { decodeUtf8 } from "@polymq/wire"
import { Amqp091Error } from "../errors.ts"

/** Who a client says it is: what `Broker.authenticate` takes. */
export type Credentials = { readonly username: string; readonly password: string } | "anonymous" | "certificate"

/** How each mechanism answers connection.start; undefined when the answer is not well-formed. */
const MECHANISMS: Readonly<Record<string, (response: Uint8Array, peer: Peer) => Credentials | undefined>> = {
  PLAIN: readPlain,
  AMQPLAIN: readAmqplain,
  ANONYMOUS: () => "anonymous",
  EXTERNAL: readExternal,
}

/**
 * Mechanisms offered to a client, as connection.start lists them; anonymous from loopback only, external with a verified
 * certificate only.
 */
export function offeredMechanisms({ isLoopback, certificateName }: Peer): string {
  const mechanisms = isLoopback ? "PLAIN AMQPLAIN ANONYMOUS" : "PLAIN AMQPLAIN"
  return certificateName === undefined ? mechanisms : `${mechanisms} EXTERNAL`
}

/** Reads a client's answer. Raises `Amqp091Error` for an unknown mechanism or an answer that is not of its form. */
export function readCredentials(mechanism: string, response: Uint8Array, peer: Peer): Credentials {
  const read = Object.hasOwn(MECHANISMS, mechanism) ? MECHANISMS[mechanism] : undefined
  if (read === undefined) {
    throw new Amqp091Error("COMMAND_INVALID", `unknown authentication mechanism '${mechanism}'`)
  }
  const credentials = read(response, peer)
  if (credentials !== undefined) return credentials
  throw new Amqp091Error("SYNTAX_ERROR", `the answer of mechanism ${mechanism} is malformed`)
}

/** RFC 4616: authorisation identity, user name and password, apart by zero octets; the first is not looked at. */
function readPlain(response: Uint8Array): Credentials | undefined {
  const first = response.indexOf(0)
  const second = first < 0 ? -1 : response.indexOf(0, first + 1)
  if (second < 0 || response.indexOf(0, second + 1) >= 0) return undefined
  return { username: decodeUtf8(response, first + 1, second), password: decodeUtf8(response, second + 1) }
}

/** AMQP 0-8: the entries LOGIN and PASSWORD of a table without its length. */
function readAmqplain(response: Uint8Array): Credentials | undefined {
  const table = readArguments(response, 0, response.length)
  const username = table.get("LOGIN")
  const password = table.get("PASSWORD")
  return typeof username === "string" && typeof password === "string" ? { username, password } : undefined
}

/** RFC 4422, appendix A: empty, or the identity to act as, which can only be the certificate's own. */
function readExternal(response: Uint8Array, { certificateName }: Peer): Credentials | undefined {
  return response.length === 0 || decodeUtf8(response) === certificateName ? "certificate" : undefined
}
