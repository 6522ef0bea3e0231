import type { Argument, Arguments } from "../api/arguments.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { DefinitionsError } from "./definitions-error.ts"

/** Paths of members whose values are never shown. */
const SECRET = /password/
/** Characters of a value that are shown. */
const MAX_SHOWN = 80
/** Levels of arrays and objects in arguments. */
const MAX_DEPTH = 64

/** A place in a JSON document that knows its path, so that every complaint names it. */
export class JsonNode {
  readonly path: string
  readonly #value: unknown

  constructor(value: unknown, path = "") {
    this.#value = value
    this.path = path
  }

  get isMissing(): boolean {
    return this.#value === undefined
  }

  get isEmptyArray(): boolean {
    return Array.isArray(this.#value) && this.#value.length === 0
  }

  /** The member of an object; a missing node when there is none. */
  member(name: string): JsonNode {
    const fields = this.#object()
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined
    return new JsonNode(value, this.path === "" ? name : `${this.path}.${name}`)
  }

  memberNames(): readonly string[] {
    return Object.keys(this.#object())
  }

  /** The elements of an array; none when it is missing. */
  elements(): readonly JsonNode[] {
    if (this.#value === undefined) return []
    if (!Array.isArray(this.#value)) throw this.error("must be an array")
    return this.#value.map((element, index) => new JsonNode(element, `${this.path}[${index}]`))
  }

  text(fallback?: string): string {
    const value = this.#value ?? fallback
    if (typeof value !== "string") throw this.error("must be a string")
    return value
  }

  number(fallback?: number): number {
    const value = this.#value ?? fallback
    if (typeof value !== "number") throw this.error("must be a number")
    return value
  }

  flag(fallback: boolean): boolean {
    const value = this.#value ?? fallback
    if (typeof value !== "boolean") throw this.error("must be true or false")
    return value
  }

  /** Whether it is this word. */
  isWord(word: string): boolean {
    return this.#value === word
  }

  /** One of these words. */
  word<Word extends string>(words: readonly Word[]): Word {
    const found = words.find((word) => word === this.#value)
    if (found === undefined) throw this.error(`must be one of ${words.join(", ")}`)
    return found
  }

  /** Words separated by commas, or an array of them. */
  words(): readonly string[] {
    if (Array.isArray(this.#value)) return this.elements().map((element) => element.text())
    return this.text("")
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "")
  }

  /** A regular expression. */
  pattern(): string {
    const text = this.text()
    try {
      new RegExp(text)
    } catch (cause) {
      throw this.error("must be a regular expression", { cause })
    }
    return text
  }

  /** The members of an object as arguments; none when it is missing. */
  arguments(): Arguments {
    return this.#value === undefined ? NO_ARGUMENTS : this.#table(1)
  }

  /** The complaint about this place. It shows what was received unless that is, or may hold, a secret. */
  error(problem: string, options?: ErrorOptions): DefinitionsError {
    return new DefinitionsError(this.path, `${problem} (${this.#received()})`, options)
  }

  #received(): string {
    const value = this.#value
    if (value === undefined) return "missing"
    if (Array.isArray(value)) return "received an array"
    if (typeof value === "object" && value !== null) return "received an object"
    return SECRET.test(this.path) ? "received something else" : `received ${JSON.stringify(value).slice(0, MAX_SHOWN)}`
  }

  #table(depth: number): Arguments {
    if (depth > MAX_DEPTH) throw this.error(`must not be nested deeper than ${MAX_DEPTH} levels`)
    return new Map(this.memberNames().map((name) => [name, this.member(name).#argument(depth + 1)]))
  }

  #argument(depth: number): Argument {
    const value = this.#value
    if (value === null || typeof value === "boolean" || typeof value === "string") return value
    if (typeof value === "number") return value
    if (!Array.isArray(value)) return this.#table(depth)
    if (depth > MAX_DEPTH) throw this.error(`must not be nested deeper than ${MAX_DEPTH} levels`)
    return this.elements().map((element) => element.#argument(depth + 1))
  }

  #object(): Readonly<Record<string, unknown>> {
    const value = this.#value
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.error("must be an object")
    return value as Readonly<Record<string, unknown>>
  }
}
