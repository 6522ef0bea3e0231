import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import { only } from "../testing/received-frame.ts"
import { annotationsOf, type Delivery, deliveries, receiving, settle, texts } from "../testing/receiving.ts"
import { waiting } from "../testing/sending.ts"
import { Stage } from "../testing/stage.ts"

describe("outcomes", () => {
  it.each<readonly [string, Draft<"disposition">["state"], readonly Partial<Delivery>[]]>([
    ["accepted: done", { type: "accepted" }, []],
    ["rejected: done", { type: "rejected" }, []],
    ["released: again, not counted", { type: "released" }, [{ text: "m0", firstAcquirer: false, deliveryCount: 0 }]],
    ["modified: again, not counted", { type: "modified" }, [{ text: "m0", firstAcquirer: false, deliveryCount: 0 }]],
    [
      "modified, failed: again, counted",
      { type: "modified", deliveryFailed: true },
      [{ firstAcquirer: false, deliveryCount: 1 }],
    ],
    ["modified, undeliverable here: done", { type: "modified", undeliverableHere: true }, []],
    ["none: the default, released", undefined, [{ text: "m0", firstAcquirer: false }]],
  ])("%s", (_what, state, again) => {
    const { peer } = receiving(1)
    expect(deliveries(peer.credit(5))).toMatchObject([{ firstAcquirer: true, deliveryCount: 0 }])
    expect(deliveries(settle(peer, { first: 0, settled: true, state }))).toMatchObject(again)
  })

  it.each([
    ["a quorum queue tells in annotations", "quorum", { "x-delivery-count": 1n, "x-acquired-count": 2n }],
    ["a classic queue keeps to itself", "classic", {}],
  ])("%s how often a message has failed and come back", (_what, type, told) => {
    const stage = new Stage(manualTurn())
    const queueArguments = new Map([["x-queue-type", type]])
    const queue = { name: "counting", durable: true, exclusive: false, autoDelete: false, arguments: queueArguments }
    stage.access().declareQueue(queue)
    const peer = stage.client()
    peer.attachSender("counting")
    peer.transfer(0, "m", { settled: true })
    peer.attachReceiver("counting")
    const origin = { "x-routing-key": "counting", "x-exchange": "" }
    expect(annotationsOf(peer.credit(5))).toEqual([origin])
    const released = settle(peer, { first: 0, settled: true, state: { type: "released" } })
    expect(annotationsOf(released)).toEqual([type === "quorum" ? { "x-acquired-count": 1n, ...origin } : origin])
    const failed = settle(peer, { first: 1, settled: true, state: { type: "modified", deliveryFailed: true } })
    expect(annotationsOf(failed)).toEqual([{ ...told, ...origin }])
    expect(deliveries(failed)).toMatchObject([{ firstAcquirer: false, deliveryCount: 1 }])
  })

  it("default to what the source asked for", () => {
    const source = { type: "source", address: "q", defaultOutcome: { type: "accepted" } } as const
    const { stage, peer, attached } = receiving(1, { source })
    expect(only(attached, "attach").source?.defaultOutcome).toEqual({ type: "accepted" })
    peer.credit(1)
    settle(peer, { first: 0, settled: true })
    peer.send({ type: "detach", handle: 1 })
    peer.take()
    expect(waiting(stage, "q")).toBe(0)
  })

  it("of an unsettled disposition are applied, and settled by us, as the second settle mode asks", () => {
    const { stage, peer } = receiving(2, { rcvSettleMode: 1 })
    peer.credit(2)
    const answer = only(settle(peer, { first: 0, last: 1, settled: false, state: { type: "accepted" } }), "disposition")
    expect(answer).toMatchObject({ role: false, first: 0, last: 1, settled: true, state: { type: "accepted" } })
    expect(waiting(stage, "q")).toBe(0)
  })

  it("are not told by a state that is only progress", () => {
    const { peer } = receiving(1)
    peer.credit(5)
    const state = { type: "received", sectionNumber: 0, sectionOffset: 0n } as const
    expect(settle(peer, { first: 0, settled: false, state })).toEqual([])
    expect(texts(settle(peer, { first: 0, settled: true, state: { type: "released" } }))).toEqual(["m0"])
  })

  it("of a range reach every delivery in it, whatever is announced", () => {
    const { stage, peer } = receiving(10)
    peer.credit(10)
    settle(peer, { first: 8, last: 0x7fff_ffff, settled: true, state: { type: "accepted" } })
    settle(peer, { first: 0, last: 3, settled: true, state: { type: "accepted" } })
    peer.send({ type: "detach", handle: 1 })
    peer.take()
    expect(waiting(stage, "q")).toBe(4)
  })

  it("of a range reach the deliveries of every link, once, in whatever order they come", () => {
    const { stage, sender, peer } = receiving(3)
    sender.attachSender("other", { name: "other", handle: 2 })
    for (let id = 3; id < 6; id++) sender.transfer(id, `m${id}`, { handle: 2, settled: true })
    peer.credit(1)
    peer.attachReceiver("other", { name: "second", handle: 2 })
    peer.credit(3, { handle: 2 })
    peer.credit(2, { deliveryCount: 1 })
    // m0 | m3 m4 m5 | m1 m2
    settle(peer, { first: 5, settled: true, state: { type: "accepted" } })
    settle(peer, { first: 1, last: 4, settled: true, state: { type: "accepted" } })
    settle(peer, { first: 0, last: 5, settled: true, state: { type: "rejected" } })
    settle(peer, { first: 0, last: 5, settled: true, state: { type: "released" } })
    peer.send({ type: "end" })
    peer.take()
    expect([waiting(stage, "q"), waiting(stage, "other")]).toEqual([0, 0])
    expect(stage.broker.counters.deadLettered).toBe(0)
  })

  it("are released for everything that is not settled when the link ends", () => {
    const { stage, peer } = receiving(3)
    peer.credit(3)
    settle(peer, { first: 1, settled: true, state: { type: "accepted" } })
    peer.send({ type: "detach", handle: 1, closed: true })
    expect(only(peer.take(), "detach").error).toBeUndefined()
    expect(waiting(stage, "q")).toBe(2)
    peer.attachReceiver("q")
    expect(deliveries(peer.credit(5))).toMatchObject([
      { text: "m0", firstAcquirer: false },
      { text: "m2", firstAcquirer: false },
    ])
  })

  it.each(["end", "close", "lost"] as const)("are failed when the session or connection ends: %s", (how) => {
    const { stage, peer } = receiving(3)
    peer.credit(3)
    if (how === "lost") peer.session.lost()
    else peer.send({ type: how })
    peer.take()
    expect(waiting(stage, "q")).toBe(3)
    const other = stage.client()
    other.attachReceiver("q")
    expect(deliveries(other.credit(5))).toMatchObject([
      { text: "m0", deliveryCount: 1 },
      { text: "m1", deliveryCount: 1 },
      { text: "m2", deliveryCount: 1 },
    ])
  })
})
