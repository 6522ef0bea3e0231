import { type Argument, NO_ARGUMENTS } from "@polymq/broker"
import { beginAmqp10List, endAmqp10List, writeAmqp10Descriptor, writeAmqp10Value } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import { ByteWriter } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import { addUser, loginAnswer } from "../testing/login.ts"
import { plainSections, tagged } from "../testing/plain.ts"
import { all, only } from "../testing/received-frame.ts"
import { dataMessage, LOOPBACK, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { ANONYMOUS, outcomes, sending, waiting } from "../testing/sending.ts"
import { Stage } from "../testing/stage.ts"

const encoder = new TextEncoder()

/** A properties section with strings by place: 2 is `to`, 3 is subject; or a binary user-id at place 1. */
function withProperties(places: readonly (string | Uint8Array | undefined)[], text = "x"): Uint8Array {
  const writer = new ByteWriter()
  writeAmqp10Descriptor(writer, 0x73)
  const list = beginAmqp10List(writer)
  for (const place of places) writeAmqp10Value(writer, tagged(place))
  endAmqp10List(writer, list, places.length)
  writer.copy(dataMessage(text))
  return writer.take()
}

describe("attaching a sender", () => {
  it("announces the largest message and gives credit", () => {
    const { attached } = sending()
    expect(only(attached, "attach")).toMatchObject({
      name: "sender",
      handle: 0,
      role: true,
      rcvSettleMode: 0,
      maxMessageSize: 16n * 1024n * 1024n,
      target: { address: "q" },
    })
    expect(only(attached, "flow")).toMatchObject({ handle: 0, deliveryCount: 0, linkCredit: 170, drain: false })
  })

  it("takes the settle modes that are asked for", () => {
    const peer = new Stage(manualTurn()).client()
    expect(only(peer.attachSender("q", { rcvSettleMode: 1, sndSettleMode: 0 }), "attach")).toMatchObject({
      rcvSettleMode: 1,
      sndSettleMode: 0,
    })
  })

  it.each<readonly [string, Partial<Draft<"attach">>, string]>([
    ["without initial-delivery-count", { initialDeliveryCount: undefined }, "amqp:invalid-field"],
    ["without target", { target: undefined }, "amqp:invalid-field"],
    ["that resumes deliveries", { incompleteUnsettled: true }, "amqp:not-implemented"],
    ["of a name that nobody could keep", { name: "n".repeat(4097) }, "amqp:invalid-field"],
    [
      "to an address that nobody could keep",
      { target: { type: "target", address: "q".repeat(4097) } },
      "amqp:invalid-field",
    ],
    [
      "to a queue that AMQP 0.9.1 cannot name",
      { target: { type: "target", address: "q".repeat(256) } },
      "amqp:invalid-field",
    ],
    ["to a coordinator", { target: { type: "coordinator" } }, "amqp:not-implemented"],
    ["to a queue that is not there", { target: { type: "target", address: "/queues/none" } }, "amqp:not-found"],
    ["to one that must exist", { target: { type: "target", address: "/amq/queue/none" } }, "amqp:not-found"],
    [
      "to an exchange that is not there",
      { target: { type: "target", address: "/exchanges/none/k" } },
      "amqp:not-found",
    ],
    ["with a settle mode of receivers that does not exist", { rcvSettleMode: 2 }, "amqp:invalid-field"],
    ["with a settle mode of senders that does not exist", { sndSettleMode: 3 }, "amqp:invalid-field"],
    ["to an address that is none", { target: { type: "target", address: "/what/ever" } }, "amqp:invalid-field"],
    [
      "to a dynamic node with an address",
      { target: { type: "target", address: "q", dynamic: true } },
      "amqp:invalid-field",
    ],
  ])("refuses one %s by an attach without target and a detach", (_what, attach, condition) => {
    const peer = new Stage(manualTurn()).client()
    const frames = peer.attachSender("q", attach)
    expect(only(frames, "attach")).toMatchObject({ role: true, target: undefined })
    expect(only(frames, "detach")).toMatchObject({ handle: 0, closed: true, error: { condition } })
    peer.transfer(0, "passed over")
    peer.send({ type: "detach", handle: 0, closed: true })
    expect(peer.take()).toEqual([])
    only(peer.attachSender("q"), "attach")
  })

  it("makes a dynamic node that lasts as long as the link", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    const frames = peer.attachSender(undefined, { target: { type: "target", dynamic: true } })
    const target = only(frames, "attach").target
    expect(target).toMatchObject({ type: "target", dynamic: true, capabilities: ["temporary-queue"] })
    const address = target?.type === "target" ? (target.address ?? "") : ""
    expect(address).toMatch(/^\/queues\/amq\./)
    only(peer.attachReceiver(address), "attach")
    peer.transfer(0, "to myself", { settled: true })
    expect(all(peer.credit(1), "transfer")).toHaveLength(1)
    peer.send({ type: "detach", handle: 0, closed: true })
    expect(all(peer.take(), "detach").map(({ handle, error }) => [handle, error?.condition])).toEqual([
      [1, "amqp:resource-deleted"],
      [0, undefined],
    ])
  })
})

describe("publishing", () => {
  it("accepts what was stored, as one range at the end of the turn", () => {
    const { stage, peer } = sending()
    for (let id = 0; id < 5; id++) peer.transfer(id, `m${id}`)
    expect(outcomes(peer.take())).toEqual([[0, 4, "accepted"]])
    expect(waiting(stage, "q")).toBe(5)
  })

  it("rejects in publish order what finds a queue full, and names the queue", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    const access = stage.broker.access(
      stage.broker.connect(peer.session, LOOPBACK, "test"),
      { name: "guest", tags: [] },
      "/",
    )
    const limits = new Map<string, Argument>([
      ["x-max-length", 2],
      ["x-overflow", "reject-publish"],
    ])
    access.declareQueue({ name: "full", durable: false, exclusive: false, autoDelete: false, arguments: limits })
    only(peer.attachSender("full", { rcvSettleMode: 1 }), "attach")
    for (let id = 0; id < 4; id++) peer.transfer(id, `m${id}`)
    const [accepted, rejected] = all(peer.take(), "disposition")
    expect(accepted).toMatchObject({ first: 0, last: 1, settled: false, state: { type: "accepted" } })
    expect(rejected).toMatchObject({
      first: 2,
      last: 3,
      settled: false,
      state: {
        type: "rejected",
        error: { condition: "amqp:resource-limit-exceeded", description: "queue 'full' exceeded maximum length" },
      },
    })
    expect(stage.errors).toEqual([])
  })

  it("accepts durable messages once the store has them", () => {
    const { peer } = sending()
    const durable = Uint8Array.of(0, 0x53, 0x70, 0xc0, 2, 1, 0x41, ...dataMessage("kept"))
    peer.send({ type: "transfer", handle: 0, deliveryId: 0xffff_ffff }, durable)
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, durable)
    expect(peer.outbound.take()).toHaveLength(0)
    expect(outcomes(peer.take())).toEqual([[0xffff_ffff, 0, "accepted"]])
  })

  it("leaves it to a sender to settle first where that was agreed", () => {
    const { stage, peer } = sending("q", { linkCredit: 4 }, { rcvSettleMode: 1 })
    peer.attachSender("q", { name: "first", handle: 1 })
    for (let id = 0; id < 3; id++) peer.transfer(id, `m${id}`, { handle: id === 2 ? 1 : 0 })
    const told = peer.take()
    expect(all(told, "disposition")).toMatchObject([
      { role: true, first: 0, last: 1, settled: false, state: { type: "accepted" } },
      { role: true, first: 2, last: 2, settled: true, state: { type: "accepted" } },
    ])
    expect(only(told, "flow")).toMatchObject({ handle: 0, linkCredit: 4 })
    peer.send({ type: "disposition", role: false, first: 0, last: 1, settled: true, state: { type: "accepted" } })
    expect(peer.take()).toEqual([])
    expect(waiting(stage, "q")).toBe(3)
  })

  it("tells a sender that settles first what was refused", () => {
    const { peer } = sending(ANONYMOUS, {}, { rcvSettleMode: 1 })
    peer.transfer(0, "without address")
    const [told] = all(peer.take(), "disposition")
    expect(told).toMatchObject({ first: 0, settled: false, state: { type: "rejected" } })
  })

  it("says nothing of settled deliveries", () => {
    const { stage, peer } = sending()
    peer.transfer(0, "fire and forget", { settled: true })
    expect(peer.take()).toEqual([])
    expect(waiting(stage, "q")).toBe(1)
  })

  it("releases what nobody wants", () => {
    const { peer } = sending("/exchanges/amq.direct/nobody")
    peer.transfer(0, "x")
    expect(outcomes(peer.take())).toEqual([[0, 0, "released"]])
  })

  it("end the link once its queue is deleted", () => {
    const { stage, peer } = sending()
    peer.transfer(0, "x")
    expect(outcomes(peer.take())).toEqual([[0, 0, "accepted"]])
    stage.access().deleteQueue("q", { ifUnused: false, ifEmpty: false })
    peer.transfer(1, "y")
    const frames = peer.take()
    expect(outcomes(frames)).toEqual([])
    expect(only(frames, "detach")).toMatchObject({
      closed: true,
      error: { condition: "amqp:resource-deleted", description: "queue 'q' was deleted" },
    })
  })

  it("end the link once its exchange is deleted, having been released", () => {
    const stage = new Stage(manualTurn())
    const settings = { name: "x", type: "direct", durable: true, autoDelete: false, internal: false } as const
    stage.access().declareExchange({ ...settings, arguments: NO_ARGUMENTS })
    const peer = stage.client()
    peer.attachSender("/exchanges/x/k")
    stage.access().deleteExchange("x", { ifUnused: false })
    peer.transfer(0, "x")
    const frames = peer.take()
    expect(outcomes(frames)).toEqual([[0, 0, "released"]])
    expect(only(frames, "detach")).toMatchObject({ closed: true, error: { condition: "amqp:not-found" } })
  })

  it("says nothing of deliveries that the sender has settled meanwhile", () => {
    const { peer } = sending()
    peer.transfer(0, "x")
    peer.transfer(1, "y")
    peer.send({ type: "disposition", role: false, first: 0, settled: true })
    expect(outcomes(peer.take())).toEqual([[1, 1, "accepted"]])
  })

  it("takes the routing key from the subject for /exchange/x, and not for /exchanges/x", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    peer.attachReceiver("/exchange/amq.direct/news")
    peer.attachSender("/exchange/amq.direct")
    peer.attachSender("/exchanges/amq.direct", { name: "v2", handle: 2 })
    const message = withProperties([undefined, undefined, undefined, "news"])
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, message)
    peer.send({ type: "transfer", handle: 2, deliveryId: 1 }, message)
    expect(outcomes(peer.take())).toEqual([
      [0, 0, "accepted"],
      [1, 1, "released"],
    ])
  })

  it("makes queues of the first generation durable, and finds those that are there", () => {
    const { stage, peer } = sending("/queue/jobs")
    peer.transfer(0, "x", { settled: true })
    peer.attachSender("/queues/jobs", { name: "v2", handle: 3 })
    peer.transfer(1, "y", { handle: 3, settled: true })
    peer.attachSender("/amq/queue/jobs", { name: "v1", handle: 4 })
    peer.transfer(2, "z", { handle: 4, settled: true })
    peer.take()
    expect(waiting(stage, "jobs")).toBe(3)
  })
})

describe("an anonymous target", () => {
  it("sends each message to its own address", () => {
    const { stage, peer } = sending(ANONYMOUS)
    peer.attachSender("inbox", { name: "other", handle: 5 })
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, withProperties([undefined, undefined, "/queues/inbox"]))
    peer.send({ type: "transfer", handle: 0, deliveryId: 1 }, withProperties([undefined, undefined, "inbox"]))
    peer.send(
      { type: "transfer", handle: 0, deliveryId: 2 },
      withProperties([undefined, undefined, "/exchanges/amq.direct/k"]),
    )
    expect(outcomes(peer.take())).toEqual([
      [0, 1, "accepted"],
      [2, 2, "released"],
    ])
    expect(waiting(stage, "inbox")).toBe(2)
  })

  it("takes addresses of every length", () => {
    const { stage, peer } = sending(ANONYMOUS)
    peer.attachReceiver("/exchanges/amq.topic/#.k")
    const addresses = [491, 1, 100_000, 1, 100_000].map((length) => `/exchanges/amq.topic/${"a".repeat(length)}.k`)
    for (const [deliveryId, to] of addresses.entries()) {
      peer.send({ type: "transfer", handle: 0, deliveryId }, withProperties([undefined, undefined, to]))
    }
    expect(outcomes(peer.take())).toEqual([[0, 4, "accepted"]])
    const sent = peer
      .credit(10)
      .flatMap((frame) => (frame.kind === "amqp" && frame.body.type === "transfer" ? [frame.payload] : []))
    expect(sent.map((payload) => plainSections(payload).get(0x73))).toEqual(addresses.map((to) => [null, null, to]))
    expect(stage.errors).toEqual([])
  })

  it.each([
    ["without address", [undefined], "amqp:invalid-field"],
    ["with an address that is none", [undefined, undefined, "/what/ever"], "amqp:invalid-field"],
    ["to an exchange that is not there", [undefined, undefined, "/exchanges/none/k"], "amqp:not-found"],
  ] as const)("rejects a message %s, and detaches when it was settled", (_what, places, condition) => {
    const { peer } = sending(ANONYMOUS)
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, withProperties(places))
    const disposition = only(peer.take(), "disposition")
    expect(disposition.state).toMatchObject({ type: "rejected", error: { condition } })
    peer.send({ type: "transfer", handle: 0, deliveryId: 1, settled: true }, withProperties(places))
    expect(only(peer.take(), "detach").error?.condition).toBe(condition)
  })
})

describe("bad messages", () => {
  it.each<readonly [string, Uint8Array, string]>([
    ["with an unknown section", Uint8Array.of(0, 0x53, 0x79, 0x40), "amqp:decode-error"],
    ["of two kinds of body", Uint8Array.of(...dataMessage("x"), 0, 0x53, 0x77, 0x40), "amqp:decode-error"],
    [
      "with a key that is no symbol",
      Uint8Array.of(0, 0x53, 0x72, 0xc1, 5, 2, 0xa1, 1, 0x61, 0x40, ...dataMessage("")),
      "amqp:decode-error",
    ],
    ["of another user", withProperties([undefined, encoder.encode("root")]), "amqp:unauthorized-access"],
  ])("%s end the link, and nothing but the link", (_what, payload, condition) => {
    const { stage, peer } = sending()
    peer.attachSender("q", { name: "other", handle: 5 })
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, payload)
    expect(only(peer.take(), "detach")).toMatchObject({ handle: 0, closed: true, error: { condition } })
    peer.transfer(1, "fine", { handle: 5 })
    expect(outcomes(peer.take())).toEqual([[1, 1, "accepted"]])
    expect(waiting(stage, "q")).toBe(1)
  })

  it("without delivery-id end the link", () => {
    const { peer } = sending()
    peer.send({ type: "transfer", handle: 0 }, dataMessage("x"))
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:invalid-field")
  })

  it("are rejected when x-cc is no list of strings", () => {
    const { peer } = sending()
    const annotations = Uint8Array.of(0, 0x53, 0x72, 0xc1, 8, 2, 0xa3, 4, 0x78, 0x2d, 0x63, 0x63, 0x41)
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, Uint8Array.of(...annotations, ...dataMessage("x")))
    expect(only(peer.take(), "disposition").state).toMatchObject({
      type: "rejected",
      error: { condition: "amqp:invalid-field" },
    })
  })

  it("of the user that is logged in are taken", () => {
    const { peer } = sending()
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, withProperties([undefined, encoder.encode("guest")]))
    expect(outcomes(peer.take())).toEqual([[0, 0, "accepted"]])
  })
})

describe("a user without the right to write", () => {
  async function loggedIn(target: string | undefined): Promise<ScriptedPeer> {
    const stage = new Stage(manualTurn())
    addUser(stage, "reader", "secret", "^amq\\.topic$")
    const peer = stage.connect()
    peer.login("reader", "secret")
    await loginAnswer(peer)
    peer.open()
    peer.begin()
    peer.attachSender(target)
    return peer
  }

  it("is detached when it sends", async () => {
    const peer = await loggedIn("/exchanges/amq.direct/k")
    peer.transfer(0, "x")
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:unauthorized-access")
  })

  it("has its message rejected on an anonymous link, which goes on", async () => {
    const peer = await loggedIn(undefined)
    peer.send(
      { type: "transfer", handle: 0, deliveryId: 0 },
      withProperties([undefined, undefined, "/exchanges/amq.direct/k"]),
    )
    peer.send(
      { type: "transfer", handle: 0, deliveryId: 1 },
      withProperties([undefined, undefined, "/exchanges/amq.topic/k"]),
    )
    const [refused, taken] = all(peer.take(), "disposition")
    expect(refused?.state).toMatchObject({ type: "rejected", error: { condition: "amqp:unauthorized-access" } })
    expect(taken?.state?.type).toBe("released")
  })
})
