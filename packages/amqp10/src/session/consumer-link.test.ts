import { NO_ARGUMENTS } from "@polymq/broker"
import { type Value, ValueMap } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import { plainSections, tagged } from "../testing/plain.ts"
import { all, only, type ReceivedFrame } from "../testing/received-frame.ts"
import { dataMessage, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** A queue q with messages m0, m1 …, and a client with a receiver of it that has no credit yet. */
function receiving(messages: number, attach: Partial<Draft<"attach">> = {}) {
  const stage = new Stage(manualTurn())
  const sender = stage.client()
  sender.attachSender("q")
  for (let id = 0; id < messages; id++) sender.transfer(id, `m${id}`, { settled: true })
  const peer = stage.client()
  const attached = peer.attachReceiver("q", attach)
  return { stage, sender, peer, attached }
}

interface Delivery {
  readonly deliveryId: number | undefined
  readonly text: string
  readonly firstAcquirer: boolean
  readonly deliveryCount: number
}

/** Deliveries of data messages without annotations of their own, published without header. */
function deliveries(frames: readonly ReceivedFrame[]): Delivery[] {
  return frames.flatMap((frame) => {
    if (frame.kind !== "amqp" || frame.body.type !== "transfer") return []
    const payload = Buffer.from(frame.payload)
    // Header: descriptor, list8, size, 5 fields, null, null, null, first-acquirer, delivery-count.
    const firstAcquirer = payload[9] === 0x41
    const deliveryCount = payload[10] === 0x43 ? 0 : (payload[11] ?? -1)
    const data = payload.lastIndexOf(Buffer.of(0, 0x53, 0x75))
    return [
      { deliveryId: frame.body.deliveryId, text: payload.toString("utf8", data + 5), firstAcquirer, deliveryCount },
    ]
  })
}

function texts(frames: readonly ReceivedFrame[]): string[] {
  return deliveries(frames).map(({ text }) => text)
}

function annotationsOf(frames: readonly ReceivedFrame[]): unknown[] {
  return frames.flatMap((frame) =>
    frame.kind === "amqp" && frame.body.type === "transfer" ? [plainSections(frame.payload).get(0x72)] : [],
  )
}

function settle(peer: ScriptedPeer, disposition: Omit<Draft<"disposition">, "type" | "role">): ReceivedFrame[] {
  peer.send({ type: "disposition", role: true, ...disposition })
  return peer.take()
}

function waiting(stage: Stage): number {
  return [...stage.broker.inspect("/", "q")].length
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
    const { attached } = receiving(0, { rcvSettleMode: 1, sndSettleMode: 0 })
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
    expect(waiting(stage)).toBe(0)
    peer.send({ type: "detach", handle: 1 })
    peer.take()
    expect(waiting(stage)).toBe(0)
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

  it("above the peer's largest message are not sent: the link ends, the message stays", () => {
    const { stage, peer } = receiving(0, { maxMessageSize: 200n })
    const sender = stage.client()
    sender.attachSender("q")
    sender.transfer(0, "x".repeat(200), { settled: true })
    expect(only(peer.credit(1), "detach").error?.condition).toBe("amqp:link:message-size-exceeded")
    expect(waiting(stage)).toBe(1)
  })
})

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
    expect(waiting(stage)).toBe(0)
  })

  it("of an unsettled disposition are applied, and settled by us, as the second settle mode asks", () => {
    const { stage, peer } = receiving(2, { rcvSettleMode: 1 })
    peer.credit(2)
    const answer = only(settle(peer, { first: 0, last: 1, settled: false, state: { type: "accepted" } }), "disposition")
    expect(answer).toMatchObject({ role: false, first: 0, last: 1, settled: true, state: { type: "accepted" } })
    expect(waiting(stage)).toBe(0)
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
    expect(waiting(stage)).toBe(4)
  })

  it("are released for everything that is not settled when the link ends", () => {
    const { stage, peer } = receiving(3)
    peer.credit(3)
    settle(peer, { first: 1, settled: true, state: { type: "accepted" } })
    peer.send({ type: "detach", handle: 1, closed: true })
    expect(only(peer.take(), "detach").error).toBeUndefined()
    expect(waiting(stage)).toBe(2)
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
    expect(waiting(stage)).toBe(3)
    const other = stage.client()
    other.attachReceiver("q")
    expect(deliveries(other.credit(5))).toMatchObject([
      { text: "m0", deliveryCount: 1 },
      { text: "m1", deliveryCount: 1 },
      { text: "m2", deliveryCount: 1 },
    ])
  })
})

describe("drain", () => {
  it("uses up what credit there is, and gives the rest back", () => {
    const { peer } = receiving(2)
    const frames = peer.credit(10, { drain: true })
    expect(texts(frames)).toEqual(["m0", "m1"])
    expect(only(frames, "flow")).toMatchObject({
      handle: 1,
      deliveryCount: 10,
      linkCredit: 0,
      drain: true,
      available: 0,
    })
    expect(texts(peer.take())).toEqual([])
  })

  it("is over when the credit is used up", () => {
    const { peer } = receiving(5)
    const frames = peer.credit(2, { drain: true })
    expect(texts(frames)).toEqual(["m0", "m1"])
    expect(only(frames, "flow")).toMatchObject({ deliveryCount: 2, linkCredit: 0, drain: true, available: 3 })
  })

  it("waits for the window", () => {
    const { peer } = receiving(3)
    const first = peer.credit(10, { drain: true, incomingWindow: 1 })
    expect(texts(first)).toEqual(["m0"])
    expect(all(first, "flow")).toEqual([])
    const second = peer.credit(9, { drain: true, deliveryCount: 1, nextIncomingId: 1, incomingWindow: 10 })
    expect(texts(second)).toEqual(["m1", "m2"])
    expect(only(second, "flow")).toMatchObject({ deliveryCount: 10, linkCredit: 0, drain: true })
  })

  it("leaves the link usable", () => {
    const { sender, peer } = receiving(0)
    peer.credit(3, { drain: true })
    sender.transfer(0, "later", { settled: true })
    expect(texts(peer.take())).toEqual([])
    expect(texts(peer.credit(1, { deliveryCount: 3 }))).toEqual(["later"])
  })
})

describe("flow", () => {
  it("is answered with what is available when it asks", () => {
    const { peer } = receiving(4)
    const flow = only(peer.credit(0, { echo: true }), "flow")
    expect(flow).toMatchObject({ handle: 1, deliveryCount: 0, linkCredit: 0, available: 4, drain: false })
  })

  it("takes credit back", () => {
    const { sender, peer } = receiving(0)
    peer.credit(5)
    peer.credit(0)
    sender.transfer(0, "x", { settled: true })
    expect(texts(peer.take())).toEqual([])
  })
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

describe("credit and window", () => {
  it("are never exceeded, and never left unused, whatever the peer grants and when", () => {
    const grant = fc.record({ credit: fc.nat(6), window: fc.nat(6), published: fc.nat(6) })
    fc.assert(
      fc.property(fc.array(grant, { minLength: 1, maxLength: 20 }), (grants) => {
        const { sender, peer } = receiving(0)
        const seen: string[] = []
        let published = 0
        for (const { credit, window, published: more } of grants) {
          for (let left = more; left > 0; left--) sender.transfer(published, `m${published++}`, { settled: true })
          expect(texts(peer.take())).toEqual([])
          const before = seen.length
          const frames = peer.credit(credit, {
            deliveryCount: before,
            nextIncomingId: before,
            incomingWindow: window,
          })
          seen.push(...texts(frames))
          expect(seen.length - before).toBe(Math.min(credit, window, published - before))
          // What was not used is taken back, so that the next grant starts from here.
          peer.credit(0, { deliveryCount: seen.length, nextIncomingId: seen.length, incomingWindow: 0 })
        }
        expect(seen).toEqual(Array.from(seen, (_, index) => `m${index}`))
      }),
      { numRuns: 100, seed: 10 },
    )
  })
})

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
