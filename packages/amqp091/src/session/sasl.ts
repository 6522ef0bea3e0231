import { readArguments } from "@polymq/message"
import { decodeUtf8 } from "@polymq/wire"
import { Amqp091Error } from "../errors.ts"

/** Who a client says it is: what `Broker.authenticate` takes. */
export type Credentials = { readonly username: string; readonly password: string } | "anonymous"

/** How each mechanism answers connection.start; undefined when the answer is not well-formed. */
const MECHANISMS: Readonly<Record<string, (response: Uint8Array) => Credentials | undefined>> = {
  PLAIN: readPlain,
  AMQPLAIN: readAmqplain,
  ANONYMOUS: () => "anonymous",
}

/** Mechanisms offered to a client, as connection.start lists them; anonymous from loopback only. */
export function offeredMechanisms(isLoopback: boolean): string {
  return isLoopback ? "PLAIN AMQPLAIN ANONYMOUS" : "PLAIN AMQPLAIN"
}

/** Reads a client's answer. Raises `Amqp091Error` for an unknown mechanism or an answer that is not of its form. */
export function readCredentials(mechanism: string, response: Uint8Array): Credentials {
  const read = Object.hasOwn(MECHANISMS, mechanism) ? MECHANISMS[mechanism] : undefined
  if (read === undefined) {
    throw new Amqp091Error("COMMAND_INVALID", `unknown authentication mechanism '${mechanism}'`)
  }
  const credentials = read(response)
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
