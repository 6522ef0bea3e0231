import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Address, parseAddress, queueAddress } from "./addresses.ts"

function queue(name: string, isDeclared: boolean): Address {
  return { kind: "queue", queue: name, isDeclared }
}

function exchange(name: string, routingKey: string, isKeyFromSubject = false): Address {
  return { kind: "exchange", exchange: name, routingKey, isKeyFromSubject }
}

describe("parseAddress", () => {
  it.each<[string, Address]>([
    ["/queues/orders", queue("orders", false)],
    ["/queues/a%2Fb%20%C3%A4", queue("a/b ä", false)],
    ["/exchanges/amq.topic/a.b", exchange("amq.topic", "a.b")],
    ["/exchanges/amq.topic", exchange("amq.topic", "")],
    ["/exchanges/amq.topic/", exchange("amq.topic", "")],
    ["/exchanges/e%2Fx/k%2Fey", exchange("e/x", "k/ey")],
  ])("reads the second generation: %s", (text, expected) => {
    expect(parseAddress(text)).toEqual(expected)
  })

  it.each<[string, Address]>([
    ["orders", queue("orders", true)],
    ["50%", queue("50%", true)],
    ["/queue/orders", queue("orders", true)],
    ["/queue/a/b", queue("a/b", true)],
    ["/amq/queue/orders", queue("orders", false)],
    ["/exchange/amq.direct/key", exchange("amq.direct", "key")],
    ["/exchange/amq.topic/a%2Fb/c", exchange("amq.topic", "a%2Fb/c")],
    ["/exchange/amq.direct", exchange("amq.direct", "", true)],
    ["/topic/a.*.b", exchange("amq.topic", "a.*.b")],
  ])("reads the first generation: %s", (text, expected) => {
    expect(parseAddress(text)).toEqual(expected)
  })

  it("reads back every key that a conversion writes into an address", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("", "50%25", "100%", "a/b", "%2F")), (key) => {
        expect(parseAddress(`/exchange/amq.topic/${key}`)).toEqual(exchange("amq.topic", key))
        expect(parseAddress(`/topic/${key}`)).toEqual(exchange("amq.topic", key))
      }),
      { numRuns: 100, seed: 10 },
    )
  })

  it.each([
    "",
    "/",
    "/queues/",
    "/queues/a/b",
    "/queues/%zz",
    "/exchanges/",
    "/exchanges//key",
    "/exchanges/x/a/b",
    "/exchanges/%ff/k",
    "/queue/",
    "/exchange/",
    "/management",
    "/Queues/q",
  ])("refuses %j", (text) => {
    expect(parseAddress(text).kind).toBe("malformed")
  })
})

describe("queueAddress", () => {
  it("is read back as the queue it names", () => {
    for (const name of ["q", "a/b", "50% äöü", "amq.gen-x"]) {
      expect(parseAddress(queueAddress(name))).toEqual(queue(name, false))
    }
  })
})
