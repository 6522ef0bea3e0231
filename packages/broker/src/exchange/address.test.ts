import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseAddress } from "./address.ts"

describe("an address", () => {
  it.each([
    ["/queue/q", "", "q"],
    ["/queue/a/b", "", "a/b"],
    ["/queue/100%", "", "100%"],
    ["/amq/queue/q", "", "q"],
    ["/queues/a%2Fb", "", "a/b"],
    ["/topic/a.b", "amq.topic", "a.b"],
    ["/topic/a/b", "amq.topic", "a/b"],
    ["/exchange/x", "x", ""],
    ["/exchange/x/k/l", "x", "k/l"],
    ["/exchanges/x", "x", ""],
    ["/exchanges/x%20y/k%2Fl", "x y", "k/l"],
  ])("%j leads to exchange %j with key %j", (text, exchange, routingKey) => {
    expect(parseAddress(text)).toEqual({ exchange, routingKey })
  })

  it.each([
    "",
    "/",
    "q",
    "queue/q",
    "/queue",
    "/queue/",
    "/queues/",
    "/queues/a/b",
    "/queues/%",
    "/queues/%ff",
    "/exchange/",
    "/exchange//k",
    "/exchanges//k",
    "/exchanges/x/%",
    "/exchanges/x/k/l",
    "/topics/k",
    "/amq/q",
    "/toString/x",
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeUndefined()
  })

  it("is read from any text or not, without failing", () => {
    const part = fc.oneof(
      fc.constantFrom("queue", "queues", "exchange", "exchanges", "topic", "amq", "%41", "%"),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const address = parseAddress(`/${parts.join("/")}`)
        return address === undefined || address.exchange !== "" || address.routingKey !== ""
      }),
      { numRuns: 300 },
    )
  })
})
