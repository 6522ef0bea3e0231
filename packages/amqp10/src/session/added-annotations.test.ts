import { NO_ARGUMENTS } from "@polymq/broker"
import { type Value, ValueMap } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { tagged } from "../testing/plain.ts"
import { all, only } from "../testing/received-frame.ts"
import { annotationsOf, receiving, settle, texts } from "../testing/receiving.ts"
import { waiting } from "../testing/sending.ts"
import { Stage } from "../testing/stage.ts"

describe("what a consumer adds to a message", () => {
  const modified = (annotations: Value) => ({ type: "modified", messageAnnotations: annotations }) as const

  function annotations(...entries: readonly (readonly [key: string, value: unknown])[]): Value {
    const symbol = (value: string): Value => ({ type: "symbol", value })
    return { type: "map", value: new ValueMap(entries.map(([key, value]) => [symbol(key), tagged(value)])) }
  }

  const byBroker = { "x-routing-key": "q", "x-exchange": "" }

  it("comes with the next delivery, in place of what had the same key", () => {
    const { peer } = receiving(2)
    peer.credit(2)
    settle(peer, { first: 0, last: 1, settled: true, state: modified(annotations(["x-a", 1], ["x-b", "one"])) })
    expect(annotationsOf(peer.credit(2, { deliveryCount: 2 }))).toEqual([
      { ...byBroker, "x-a": 1, "x-b": "one" },
      { ...byBroker, "x-a": 1, "x-b": "one" },
    ])
    settle(peer, { first: 2, settled: true, state: modified(annotations(["x-b", ["two"]], ["x-c", null])) })
    const again = peer.credit(2, { deliveryCount: 4 })
    expect(annotationsOf(again)).toEqual([{ ...byBroker, "x-a": 1, "x-b": ["two"], "x-c": null }])
    expect(texts(again)).toEqual(["m0"])
  })

  it("stays in the queue where the message was modified", () => {
    const { stage, sender, peer } = receiving(0)
    const access = stage.access()
    for (const name of ["q", "other"]) {
      access.declareQueue({ name, durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
      const destination = { kind: "queue", name } as const
      access.bind({ source: "amq.fanout", destination, key: "", arguments: NO_ARGUMENTS })
    }
    sender.attachSender("/exchanges/amq.fanout", { name: "fan-out", handle: 2 })
    sender.transfer(0, "m", { handle: 2, settled: true })
    peer.credit(1)
    settle(peer, { first: 0, settled: true, state: modified(annotations(["x-a", 1])) })
    const other = stage.client()
    other.attachReceiver("other")
    expect(annotationsOf(other.credit(1))).toEqual([{ "x-routing-key": "", "x-exchange": "amq.fanout" }])
  })

  it("is left out when the message would become too large", () => {
    const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 1000 } })
    const peer = stage.client()
    peer.attachSender("q")
    peer.attachReceiver("q")
    peer.transfer(0, "m", { settled: true })
    peer.credit(1)
    settle(peer, { first: 0, settled: true, state: modified(annotations(["x-a", "a".repeat(1000)])) })
    expect(annotationsOf(peer.credit(1, { deliveryCount: 1 }))).toEqual([byBroker])
  })

  it("ends the session when it is too much for so many messages", () => {
    const given = modified(annotations(["x-a", "a".repeat(300)]))
    for (const [credit, condition] of [
      [12, undefined],
      [13, "amqp:resource-limit-exceeded"],
    ] as const) {
      const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 1000 } })
      const peer = stage.client()
      peer.attachSender("q")
      peer.attachReceiver("q")
      for (let id = 0; id < 14; id++) peer.transfer(id, "m", { settled: true })
      peer.credit(credit)
      const frames = settle(peer, { first: 0, last: 0x7fff_ffff, settled: true, state: given })
      expect(all(frames, "end").map(({ error }) => error?.condition)).toEqual(
        condition === undefined ? [] : [condition],
      )
      expect(waiting(stage, "q")).toBe(14)
    }
  })

  it.each<readonly [string, Value]>([
    ["a name of the standard's", annotations(["a", 1])],
    ["a number", { type: "map", value: new ValueMap([[tagged(1), tagged(1)]]) }],
    ["a string", { type: "map", value: new ValueMap([[tagged("x-a"), tagged(1)]]) }],
  ])("ends the session when its key is %s", (_what, given) => {
    const { peer } = receiving(1)
    peer.credit(1)
    const frames = settle(peer, { first: 0, settled: true, state: modified(given) })
    expect(only(frames, "end").error?.condition).toBe("amqp:invalid-field")
  })
})
