import { type Datum, Described, type Message, type Value, ValueMap } from "@polymq/message"
import type { Argument, Arguments } from "../api/arguments.ts"
import { BrokerError } from "../api/errors.ts"
import { identityOf } from "../argument-identity.ts"
import type { Bound } from "./bound.ts"
import type { Matcher } from "./matcher.ts"

/** The entry of a message that a headers exchange means by a name. */
export type HeaderReader = (message: Message, name: string) => Value | undefined

/** The values of `x-match`, and what each asks for. */
const MODES: Readonly<Record<string, { readonly needsAll: boolean; readonly withX: boolean }>> = {
  all: { needsAll: true, withX: false },
  any: { needsAll: false, withX: false },
  "all-with-x": { needsAll: true, withX: true },
  "any-with-x": { needsAll: false, withX: true },
}

interface Criteria {
  readonly needsAll: boolean
  /** Names and the identities of their values; an undefined identity asks for presence only. */
  readonly wanted: readonly (readonly [name: string, identity: string | undefined])[]
}

/** Raises `PRECONDITION_FAILED` when the arguments of a headers binding ask for an unknown mode. */
export function checkHeadersBinding(bindingArguments: Arguments): void {
  const mode = bindingArguments.get("x-match")
  if (mode === undefined || (typeof mode === "string" && Object.hasOwn(MODES, mode))) return
  throw new BrokerError(
    "PRECONDITION_FAILED",
    `Invalid x-match field value ${JSON.stringify(mode)}; expected all, any, all-with-x, or any-with-x`,
  )
}

/** Chooses by the message's headers, compared by value; a void argument asks for presence only. */
export class HeadersMatcher implements Matcher {
  readonly isByKey = false
  readonly #header: HeaderReader
  readonly #criteria = new Map<Bound, Criteria>()

  constructor(header: HeaderReader) {
    this.#header = header
  }

  add(bound: Bound): void {
    this.#criteria.set(bound, criteriaOf(bound.binding.arguments))
  }

  remove(bound: Bound): void {
    this.#criteria.delete(bound)
  }

  match(_key: string, message: Message, visit: (bound: Bound) => void): void {
    // Each header is read once per message, however many bindings ask for it.
    const identities = new Map<string, string | undefined>()
    const has = ([name, wanted]: Criteria["wanted"][number]) => {
      let identity = identities.get(name)
      if (identity === undefined && !identities.has(name)) {
        const found = this.#header(message, name)
        identity = found === undefined ? undefined : identityOf(argumentOf(found.value))
        identities.set(name, identity)
      }
      return identity !== undefined && (wanted === undefined || identity === wanted)
    }
    for (const [bound, { needsAll, wanted }] of this.#criteria) {
      if (needsAll ? wanted.every(has) : wanted.some(has)) visit(bound)
    }
  }
}

function criteriaOf(bindingArguments: Arguments): Criteria {
  const named = bindingArguments.get("x-match")
  const mode = (typeof named === "string" ? MODES[named] : undefined) ?? { needsAll: true, withX: false }
  const wanted = [...bindingArguments]
    .filter(([name]) => name !== "x-match" && (mode.withX || !name.startsWith("x-")))
    .map(([name, value]) => [name, value === null ? undefined : identityOf(value)] as const)
  return { needsAll: mode.needsAll, wanted }
}

/** The value without its wire type. */
function argumentOf(datum: Datum): Argument {
  if (datum instanceof Described) return argumentOf(datum.value.value)
  if (datum instanceof ValueMap) {
    return new Map(datum.entries.map(([key, value]) => [String(key.value), argumentOf(value.value)]))
  }
  if (datum instanceof Uint8Array || datum === null || typeof datum !== "object") return datum
  return datum.map((element) => argumentOf(element.value))
}
