import { LOOPBACK, manualTurn, publishedMessage, SilentSession } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Argument, NO_ARGUMENTS } from "../api/arguments.ts"
import { createBrokerCore } from "../broker-core.ts"
import { NO_POLICIES } from "../policy/applied-policies.ts"
import type { Bound } from "./bound.ts"
import { Exchange } from "./exchange.ts"
import { HeadersMatcher } from "./headers-matcher.ts"

/** The header table entries `name: value` of the wire types S (text), I (number) and V (null). */
function headOf(headers: Readonly<Record<string, string | number | null>>): Uint8Array {
  const entries = Object.entries(headers).map(([name, value]) => {
    const key = Buffer.concat([Buffer.from([name.length]), Buffer.from(name)])
    if (value === null) return Buffer.concat([key, Buffer.from("V")])
    const number = Buffer.alloc(4)
    number.writeInt32BE(typeof value === "number" ? value : Buffer.byteLength(value))
    const text = typeof value === "number" ? "" : value
    return Buffer.concat([key, Buffer.from(typeof value === "number" ? "I" : "S"), number, Buffer.from(text)])
  })
  const table = Buffer.concat(entries)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(table.length)
  return Buffer.concat([Buffer.from([0x20, 0x00]), size, table])
}

let access: Access

beforeEach(() => {
  const broker = createBrokerCore({ turn: manualTurn() })
  const connection = broker.connect(new SilentSession(), LOOPBACK, "test")
  access = broker.access(connection, { name: "guest", tags: [] }, "/")
})

function bind(bindingArguments: Readonly<Record<string, Argument>>): void {
  access.declareQueue({ name: "q", durable: false, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
  access.bind({
    source: "amq.headers",
    destination: { kind: "queue", name: "q" },
    key: "",
    arguments: new Map(Object.entries(bindingArguments)),
  })
}

function reaches(headers: Readonly<Record<string, string | number | null>>): boolean {
  const head = headOf(headers)
  const message = publishedMessage("", { exchange: "amq.headers", head, headEnd: head.length })
  return access.publish(message).result === "routed"
}

describe("a headers exchange", () => {
  it("asks for all arguments unless told otherwise", () => {
    bind({ type: "report", pages: 3 })
    expect(reaches({ type: "report", pages: 3, more: "x" })).toBe(true)
    expect(reaches({ type: "report" })).toBe(false)
    expect(reaches({ type: "report", pages: 4 })).toBe(false)
    expect(reaches({ type: "Report", pages: 3 })).toBe(false)
  })

  it("asks for any one with x-match any", () => {
    bind({ "x-match": "any", type: "report", pages: 3 })
    expect(reaches({ pages: 3 })).toBe(true)
    expect(reaches({ pages: 2, type: "letter" })).toBe(false)
    expect(reaches({})).toBe(false)
  })

  it("asks only for presence where the argument is void", () => {
    bind({ type: null })
    expect(reaches({ type: "whatever" })).toBe(true)
    expect(reaches({ type: null })).toBe(true)
    expect(reaches({ pages: 3 })).toBe(false)
  })

  it("skips arguments that begin with x- unless the mode says with-x", () => {
    bind({ "x-match": "all", "x-kind": "a", type: "report" })
    expect(reaches({ type: "report" })).toBe(true)
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    bind({ "x-match": "all-with-x", "x-kind": "a", type: "report" })
    expect(reaches({ type: "report" })).toBe(false)
    expect(reaches({ type: "report", "x-kind": "a" })).toBe(true)
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    bind({ "x-match": "any-with-x", "x-kind": "a", type: "report" })
    expect(reaches({ "x-kind": "a" })).toBe(true)
  })

  it("takes everything when all of nothing is asked for, and nothing when any of nothing is", () => {
    bind({})
    expect(reaches({})).toBe(true)
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    bind({ "x-match": "any" })
    expect(reaches({ a: 1 })).toBe(false)
  })

  it("decides anew for every message", () => {
    bind({ type: "report" })
    expect(reaches({ type: "report" })).toBe(true)
    expect(reaches({ type: "letter" })).toBe(false)
    expect(reaches({ type: "report" })).toBe(true)
  })

  it("refuses a binding with an unknown mode", () => {
    expect(() => bind({ "x-match": "some" })).toThrow(
      'Invalid x-match field value "some"; expected all, any, all-with-x, or any-with-x',
    )
  })

  it("reads each header once for a thousand bindings that ask for it", () => {
    const read: string[] = []
    const matcher = new HeadersMatcher((_message, name) => {
      read.push(name)
      return name === "none" ? undefined : { type: "S", value: `${name}-7` }
    })
    for (let index = 0; index < 1000; index++) {
      const wanted = { "x-match": index % 2 === 0 ? "all" : "any", a: `a-${index}`, b: `b-${index}`, none: null }
      matcher.add(boundWith(`${index}`, wanted))
    }
    const matched: string[] = []
    matcher.match("", publishedMessage(""), ({ identity }) => matched.push(identity))
    expect(matched).toEqual(["7"])
    expect(read.toSorted()).toEqual(["a", "b", "none"])
  })
})

function boundWith(identity: string, bindingArguments: Readonly<Record<string, Argument>>): Bound {
  const settings = { name: "x", durable: false, autoDelete: false, internal: false, arguments: NO_ARGUMENTS }
  const surroundings = { header: () => undefined, exchange: () => undefined, alternatesOf: () => [] }
  const exchange = new Exchange({ ...settings, type: "headers" }, NO_POLICIES, surroundings)
  return {
    identity,
    binding: {
      source: "x",
      destination: { kind: "exchange", name: "x" },
      key: "",
      arguments: new Map(Object.entries(bindingArguments)),
    },
    source: exchange,
    destination: { kind: "exchange", exchange },
  }
}
