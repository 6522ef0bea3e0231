import { type Value, ValueMap } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import { all, only } from "../testing/received-frame.ts"
import { receiving, texts } from "../testing/receiving.ts"
import { dataMessage } from "../testing/scripted-peer.ts"
import { waiting } from "../testing/sending.ts"
import { Stage } from "../testing/stage.ts"

/** A delivery-tag of which the peer does not know what became. */
const UNSETTLED: Value = {
  type: "map",
  value: new ValueMap([
    [
      { type: "binary", value: Uint8Array.of(1) },
      { type: "null", value: null },
    ],
  ]),
}

describe("attaching a receiver", () => {
  it("answers with the source in force", () => {
    const { attached } = receiving(0)
    expect(only(attached, "attach")).toMatchObject({
      name: "receiver",
      handle: 1,
      role: false,
      initialDeliveryCount: 0,
      rcvSettleMode: 0,
      source: {
        address: "q",
        dynamic: false,
        defaultOutcome: { type: "released" },
        outcomes: ["amqp:accepted:list", "amqp:rejected:list", "amqp:released:list", "amqp:modified:list"],
        filter: undefined,
      },
    })
  })

  it("takes the settle modes that are asked for", () => {
    const unsettled = { type: "map", value: new ValueMap([]) } as const
    const { attached } = receiving(0, { rcvSettleMode: 1, sndSettleMode: 0, unsettled })
    expect(only(attached, "attach")).toMatchObject({ rcvSettleMode: 1, sndSettleMode: 0 })
  })

  it.each<readonly [string, Partial<Draft<"attach">>, string]>([
    ["without source", { source: undefined }, "amqp:invalid-field"],
    ["without address", { source: { type: "source" } }, "amqp:invalid-field"],
    ["from a queue that is not there", { source: { type: "source", address: "/queues/none" } }, "amqp:not-found"],
    [
      "from an exchange that is not there",
      { source: { type: "source", address: "/exchange/none/k" } },
      "amqp:not-found",
    ],
    ["from an address that is none", { source: { type: "source", address: "/queues/%zz" } }, "amqp:invalid-field"],
    [
      "that only browses",
      { source: { type: "source", address: "q", distributionMode: "copy" } },
      "amqp:not-implemented",
    ],
    [
      "that is to outlive its link, from an exchange",
      { source: { type: "source", address: "/topic/a", durable: 2, expiryPolicy: "never" } },
      "amqp:not-implemented",
    ],
    ["that resumes deliveries", { unsettled: UNSETTLED }, "amqp:not-implemented"],
    ["that has more to resume than it says", { incompleteUnsettled: true }, "amqp:not-implemented"],
    ["of a name that nobody could keep", { name: "n".repeat(4097) }, "amqp:invalid-field"],
    [
      "from an address that nobody could keep",
      { source: { type: "source", address: "/".repeat(4097) } },
      "amqp:invalid-field",
    ],
    [
      "from a dynamic node with an address",
      { source: { type: "source", address: "q", dynamic: true } },
      "amqp:invalid-field",
    ],
  ])("refuses one %s by an attach without source and a detach", (_what, attach, condition) => {
    const peer = new Stage(manualTurn()).client()
    const frames = peer.attachReceiver("q", attach)
    expect(only(frames, "attach")).toMatchObject({ role: false, source: undefined, initialDeliveryCount: 0 })
    expect(only(frames, "detach")).toMatchObject({ handle: 1, closed: true, error: { condition } })
  })

  it("refuses a queue that belongs to another connection", () => {
    const stage = new Stage(manualTurn())
    const owner = stage.client()
    const source = only(owner.attachReceiver(undefined, { source: { type: "source", dynamic: true } }), "attach").source
    expect(source).toMatchObject({ dynamic: true, expiryPolicy: "link-detach", capabilities: ["temporary-queue"] })
    const other = stage.client()
    expect(only(other.attachReceiver(source?.address), "detach").error?.condition).toBe("amqp:resource-locked")
    expect(all(other.attachSender(source?.address), "detach")).toEqual([])
    other.transfer(0, "reply")
    expect(only(other.take(), "disposition").state?.type).toBe("accepted")
    expect(texts(owner.credit(1))).toEqual(["reply"])
  })

  it("makes a volatile node, to which others send without a queue being kept", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    const source = { type: "source", dynamic: true, capabilities: ["rabbitmq:volatile-queue"] } as const
    const answer = only(peer.attachReceiver(undefined, { source, sndSettleMode: 1 }), "attach").source
    expect(answer).toMatchObject({
      address: expect.stringMatching(/^\/queues\/amq\.rabbitmq\.reply-to\../),
      dynamic: true,
      expiryPolicy: "link-detach",
      capabilities: ["rabbitmq:volatile-queue"],
    })
    peer.credit(10)
    const other = stage.client()
    other.attachSender(answer?.address)
    other.transfer(0, "reply")
    expect(only(other.take(), "disposition").state?.type).toBe("accepted")
    expect(texts(peer.take())).toEqual(["reply"])
    peer.send({ type: "detach", handle: 1, closed: true })
    peer.take()
    other.transfer(1, "late")
    expect(only(other.take(), "detach").error?.condition).toBe("amqp:resource-deleted")
  })

  it("refuses a volatile node to a link that settles later", () => {
    const peer = new Stage(manualTurn()).client()
    const source = { type: "source", dynamic: true, capabilities: ["rabbitmq:volatile-queue"] } as const
    const frames = peer.attachReceiver(undefined, { source, sndSettleMode: 0 })
    expect(only(frames, "detach").error?.condition).toBe("amqp:precondition-failed")
  })

  it("binds a queue of the link's own for an exchange, which goes with the link", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    const source = { type: "source", address: "/topic/a.*", distributionMode: "copy" } as const
    expect(only(peer.attachReceiver(undefined, { source }), "attach").source).toMatchObject({
      address: "/topic/a.*",
      expiryPolicy: "link-detach",
    })
    peer.credit(10)
    const sender = stage.client()
    sender.attachSender("/exchanges/amq.topic/a.b")
    sender.transfer(0, "matches")
    expect(only(sender.take(), "disposition").state?.type).toBe("accepted")
    expect(texts(peer.take())).toEqual(["matches"])
    peer.send({ type: "detach", handle: 1, closed: true })
    peer.take()
    sender.transfer(1, "nobody is there")
    expect(only(sender.take(), "disposition").state?.type).toBe("released")
  })
})

describe("deliveries", () => {
  it("come as far as credit reaches, in order", () => {
    const { peer } = receiving(5)
    expect(texts(peer.take())).toEqual([])
    expect(texts(peer.credit(2))).toEqual(["m0", "m1"])
    expect(texts(peer.credit(3, { deliveryCount: 2, nextIncomingId: 2 }))).toEqual(["m2", "m3", "m4"])
  })

  it("count what is on its way when the peer gives credit", () => {
    const { peer } = receiving(5)
    expect(texts(peer.credit(2))).toEqual(["m0", "m1"])
    expect(texts(peer.credit(3, { deliveryCount: 1 }))).toEqual(["m2", "m3"])
    expect(texts(peer.credit(1, { deliveryCount: 0 }))).toEqual([])
  })

  it("are settled where the peer asks for it, and forgotten at once", () => {
    const { stage, peer } = receiving(2, { sndSettleMode: 1 })
    expect(all(peer.credit(5), "transfer").map(({ settled }) => settled)).toEqual([true, true])
    expect(waiting(stage, "q")).toBe(0)
    peer.send({ type: "detach", handle: 1 })
    peer.take()
    expect(waiting(stage, "q")).toBe(0)
  })

  it("carry where the message was published to, and the body byte for byte", () => {
    const { peer } = receiving(1)
    const [frame] = peer.credit(1)
    const payload = frame?.kind === "amqp" ? Buffer.from(frame.payload) : Buffer.alloc(0)
    expect(payload.subarray(0, 11)).toEqual(Buffer.from("005370c006054040404143", "hex"))
    expect(payload.includes("x-routing-key") && payload.includes("x-exchange")).toBe(true)
    expect(payload.subarray(-dataMessage("m0").length)).toEqual(Buffer.from(dataMessage("m0")))
  })

  it("fit the peer's frames, however small", () => {
    const stage = new Stage(manualTurn())
    const sender = stage.client()
    sender.attachSender("q")
    const text = "0123456789".repeat(200)
    sender.transfer(0, text, { settled: true })
    const peer = stage.connect()
    peer.open({ maxFrameSize: 512 })
    peer.begin()
    peer.attachReceiver("q")
    const frames = peer.credit(1).flatMap((frame) => (frame.kind === "amqp" ? [frame] : []))
    expect(frames.map(({ frameBytes }) => frameBytes <= 512)).not.toContain(false)
    expect(all(frames, "transfer").map(({ more }) => more)).toEqual([true, true, true, true, false])
    const payload = Buffer.concat(frames.map((frame) => frame.payload))
    expect(payload.subarray(-dataMessage(text).length)).toEqual(Buffer.from(dataMessage(text)))
  })

  it("wait for a socket that does not keep up", () => {
    const { stage, peer } = receiving(3)
    peer.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
    expect(texts(peer.credit(3))).toEqual([])
    peer.outbound.pendingBytes = 0
    peer.session.writable()
    expect(texts(peer.take())).toEqual(["m0", "m1", "m2"])
  })

  it("are settled in advance, too, by a peer that has a largest message", () => {
    const { stage, peer } = receiving(2, { sndSettleMode: 1, maxMessageSize: 1000n })
    expect(all(peer.credit(1), "transfer").map(({ settled }) => settled)).toEqual([true])
    expect(waiting(stage, "q")).toBe(1)
    peer.send({ type: "end" })
    peer.take()
    expect(waiting(stage, "q")).toBe(1)
  })

  it("of replies may be limited in size", () => {
    const peer = new Stage(manualTurn()).client()
    const source = { type: "source", dynamic: true, capabilities: ["rabbitmq:volatile-queue"] } as const
    const attached = peer.attachReceiver(undefined, { source, sndSettleMode: 1, maxMessageSize: 1000n })
    expect(all(attached, "detach")).toEqual([])
  })

  it.each([0, 1, 2])(
    "above the peer's largest message are not sent: the link ends, the message stays (%i)",
    (sndSettleMode) => {
      const { stage, peer } = receiving(0, { maxMessageSize: 200n, sndSettleMode })
      const sender = stage.client()
      sender.attachSender("q")
      sender.transfer(0, "x".repeat(200), { settled: true })
      expect(only(peer.credit(1), "detach").error?.condition).toBe("amqp:link:message-size-exceeded")
      expect(waiting(stage, "q")).toBe(1)
    },
  )
})

describe("a queue that is deleted", () => {
  it("ends the link", () => {
    const { stage, peer } = receiving(1)
    peer.credit(1)
    const access = stage.broker.access(
      stage.broker.connect(peer.session, { address: "::1", port: 1, isLoopback: true }, "test"),
      { name: "guest", tags: [] },
      "/",
    )
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    expect(only(peer.take(), "detach")).toMatchObject({ closed: true, error: { condition: "amqp:resource-deleted" } })
    expect(stage.errors).toEqual([])
  })
})
