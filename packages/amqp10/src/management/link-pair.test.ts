import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import {
  attachRequests,
  attachResponses,
  requestMessage,
  responses,
  sendRequest,
} from "../testing/management-client.ts"
import { plain, tagged } from "../testing/plain.ts"
import { all, only } from "../testing/received-frame.ts"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** A client with both halves of a pair attached, and that much credit for responses. */
function paired(credit = 100): { readonly stage: Stage; readonly peer: ScriptedPeer } {
  const stage = new Stage(manualTurn())
  const peer = stage.client()
  attachRequests(peer)
  attachResponses(peer)
  if (credit > 0) peer.credit(credit)
  return { stage, peer }
}

function ask(peer: ScriptedPeer, deliveryId: number, message: Uint8Array) {
  sendRequest(peer, deliveryId, message)
  return responses(peer.take())
}

const GET_NONE = requestMessage("GET", "/queues/none")
const NONE = ["404", "id", "queue 'none' in vhost '/' not found"]

describe("attaching a pair", () => {
  it("is answered with the same names and addresses, paired and settled, and credit for eight requests", () => {
    const peer = new Stage(manualTurn()).client()
    const requests = attachRequests(peer)
    expect(only(requests, "attach")).toMatchObject({
      name: "pair",
      role: true,
      sndSettleMode: 1,
      rcvSettleMode: 0,
      source: { address: "me" },
      target: { address: "/management" },
      maxMessageSize: 1024n * 1024n,
    })
    expect(only(requests, "flow")).toMatchObject({ handle: 0, linkCredit: 8 })
    const attach = only(attachResponses(peer), "attach")
    expect(attach).toMatchObject({
      name: "pair",
      role: false,
      sndSettleMode: 1,
      initialDeliveryCount: 0,
      source: { address: "/management" },
      target: { address: "me" },
    })
    expect(plain(attach.properties ?? tagged(null))).toEqual({ paired: true })
  })

  it("may begin with either half", () => {
    const peer = new Stage(manualTurn()).client()
    only(attachResponses(peer), "attach")
    only(attachRequests(peer), "flow")
    peer.credit(1)
    expect(ask(peer, 0, GET_NONE)).toEqual([NONE])
  })

  it.each<readonly [string, Partial<Draft<"attach">>, string, string]>([
    [
      "without properties",
      { properties: undefined },
      "amqp:invalid-field",
      "Link property 'paired' is not set to boolean value 'true'",
    ],
    [
      "that is not paired",
      { properties: tagged({ paired: false }) },
      "amqp:invalid-field",
      "Link property 'paired' is not set to boolean value 'true'",
    ],
    [
      "whose pairing is text",
      { properties: tagged({ paired: "true" }) },
      "amqp:invalid-field",
      "Link property 'paired' is not set to boolean value 'true'",
    ],
    ["that does not settle", { sndSettleMode: 2 }, "amqp:invalid-field", "requests to /management are sent settled"],
    [
      "without initial-delivery-count",
      { initialDeliveryCount: undefined },
      "amqp:invalid-field",
      "a sender's attach needs an initial-delivery-count",
    ],
    [
      "of another pair's",
      { source: { type: "source", address: "other" } },
      "amqp:precondition-failed",
      "link 'pair' does not fit the other half of its management link pair",
    ],
  ])("refuses a half %s", (_what, attach, condition, description) => {
    const { peer } = paired()
    const frames = attachRequests(peer, { handle: 2, ...attach })
    expect(all(frames, "attach")).toMatchObject([{ handle: 2, target: undefined }])
    expect(all(frames, "detach")).toContainEqual(
      expect.objectContaining({ handle: 2, closed: true, error: expect.objectContaining({ condition, description }) }),
    )
  })

  it("does not mind links of the same name to other nodes", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachReceiver("q", { name: "pair" })
    expect(all(attachRequests(peer), "detach")).toEqual([])
  })

  it("keeps several pairs of a session apart", () => {
    const { peer } = paired()
    attachRequests(peer, { name: "second", handle: 2 })
    attachResponses(peer, { name: "second", handle: 3 })
    peer.credit(10, { handle: 3 })
    peer.send({ type: "transfer", handle: 2, deliveryId: 0, settled: true }, GET_NONE)
    expect(all(peer.take(), "transfer")).toMatchObject([{ handle: 3 }])
  })
})

describe("a request", () => {
  it("is answered by a settled message with its message-id as correlation-id", () => {
    const { peer } = paired()
    sendRequest(peer, 0, requestMessage("PUT", "/queues/q", {}, { type: "ulong", value: 7n }))
    const frames = peer.take()
    expect(only(frames, "transfer")).toMatchObject({ handle: 1, deliveryId: 0, settled: true, more: false })
    expect(responses(frames)).toMatchObject([["201", 7n, { name: "q", durable: true }]])
  })

  it("is answered without correlation-id when it has no message-id, or one that is none", () => {
    const { peer } = paired()
    expect(ask(peer, 0, requestMessage("DELETE", "/queues/q", null, tagged(null)))[0]?.[1]).toBeNull()
    expect(ask(peer, 1, requestMessage("DELETE", "/queues/q", null, tagged({ a: 1 })))[0]?.[1]).toBeNull()
  })

  it("is answered in turn, and credit comes back", () => {
    const { peer } = paired()
    for (let id = 0; id < 40; id++) {
      sendRequest(peer, id, requestMessage("GET", `/queues/${id}`, null, { type: "ulong", value: BigInt(id) }))
    }
    const frames = peer.take()
    expect(all(frames, "detach")).toEqual([])
    expect(responses(frames).map(([, correlation]) => correlation)).toEqual(
      Array.from({ length: 40 }, (_, id) => BigInt(id)),
    )
  })

  it("may come in several transfers", () => {
    const { peer } = paired()
    const transfer = { type: "transfer", handle: 0, deliveryId: 0, settled: true } as const
    peer.send({ ...transfer, more: true }, GET_NONE.subarray(0, 10))
    peer.send({ ...transfer, more: false }, GET_NONE.subarray(10))
    expect(responses(peer.take())).toEqual([NONE])
  })

  it("waits for credit, as many as there is credit for requests and no more", () => {
    const { peer } = paired(0)
    for (let id = 0; id < 8; id++) sendRequest(peer, id, GET_NONE)
    expect(all(peer.take(), "transfer")).toEqual([])
    expect(responses(peer.credit(3))).toEqual([NONE, NONE, NONE])
    const more = peer.credit(10, { deliveryCount: 3 })
    expect(responses(more)).toHaveLength(5)
    expect(all(more, "flow").filter((flow) => flow.handle === 0)).toMatchObject([{ deliveryCount: 8, linkCredit: 8 }])
  })

  it("beyond its credit ends its link", () => {
    const { peer } = paired(0)
    for (let id = 0; id < 9; id++) sendRequest(peer, id, GET_NONE)
    expect(only(peer.take(), "detach")).toMatchObject({
      handle: 0,
      error: { condition: "amqp:link:transfer-limit-exceeded" },
    })
  })

  it("ends the session when its answer would be one of too many bytes that wait", () => {
    const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 2000 } })
    const peer = stage.client()
    const put = requestMessage("PUT", "/queues/fat", { arguments: { "x-note": "n".repeat(1500) } })
    const get = requestMessage("GET", "/queues/fat")
    for (let round = 0; round < 3; round++) {
      attachRequests(peer)
      attachResponses(peer)
      peer.credit(1)
      expect(ask(peer, 0, put)).toMatchObject([[round === 0 ? "201" : "200", "id", {}]])
      for (let id = 1; id < 5; id++) sendRequest(peer, id, get)
      expect(all(peer.take(), "end")).toEqual([])
      sendRequest(peer, 5, get)
      expect(only(peer.take(), "end").error?.condition).toBe("amqp:resource-limit-exceeded")
      peer.send({ type: "end" })
      peer.begin()
    }
  })

  it("is answered when the session's window opens", () => {
    const { peer } = paired(0)
    peer.credit(10, { incomingWindow: 0 })
    expect(ask(peer, 0, GET_NONE)).toEqual([])
    expect(responses(peer.credit(10))).toEqual([NONE])
  })

  it("is answered before credit is given back to a peer that drains", () => {
    const { peer } = paired(0)
    sendRequest(peer, 0, GET_NONE)
    peer.take()
    const frames = peer.credit(5, { drain: true })
    expect(responses(frames)).toEqual([NONE])
    expect(all(frames, "flow")).toContainEqual(
      expect.objectContaining({ handle: 1, deliveryCount: 5, linkCredit: 0, available: 0, drain: true }),
    )
    expect(all(peer.credit(5, { deliveryCount: 5, drain: true }), "flow")).toMatchObject([{ deliveryCount: 10 }])
    expect(all(peer.credit(2, { deliveryCount: 10, echo: true }), "flow")).toMatchObject([{ linkCredit: 2 }])
  })

  it("ends the session while the other half is missing", () => {
    const peer = new Stage(manualTurn()).client()
    attachRequests(peer)
    sendRequest(peer, 0, GET_NONE)
    expect(only(peer.take(), "end").error).toMatchObject({
      condition: "amqp:precondition-failed",
      description: "received transfer on half open management link pair",
    })
  })

  it("ends the session when the user has no right to it", () => {
    const { stage, peer } = paired()
    stage.broker.users.permit("guest", "/", { configure: "", write: "", read: "" })
    sendRequest(peer, 0, requestMessage("PUT", "/queues/q", {}))
    expect(only(peer.take(), "end").error).toMatchObject({
      condition: "amqp:unauthorized-access",
      description: "configure access to queue 'q' in vhost '/' refused for user 'guest'",
    })
  })

  it.each<readonly [string, Uint8Array, boolean, string]>([
    ["is not settled", GET_NONE, false, "amqp:invalid-field"],
    ["is cut off", GET_NONE.subarray(0, 20), true, "amqp:decode-error"],
    ["is no sections", Uint8Array.of(0x40), true, "amqp:decode-error"],
    ["is too large", new Uint8Array(1024 * 1024 + 1), true, "amqp:link:message-size-exceeded"],
    [
      "has more values than are read",
      requestMessage("PUT", "/queues/q", { arguments: { list: new Array(100_001).fill(null) } }),
      true,
      "amqp:decode-error",
    ],
  ])("that %s ends its link", (_what, message, settled, condition) => {
    const { stage, peer } = paired()
    const deliveryTag = Uint8Array.of(1)
    const chunk = 100_000
    for (let at = 0; at < message.length; at += chunk) {
      const more = at + chunk < message.length
      const transfer = { type: "transfer", handle: 0, deliveryId: 0, deliveryTag, settled, more } as const
      peer.send(transfer, message.subarray(at, at + chunk))
    }
    expect(only(peer.take(), "detach")).toMatchObject({ handle: 0, closed: true, error: { condition } })
    expect(stage.errors).toEqual([])
  })

  it("ends the other link when the answer is larger than that link takes", () => {
    const peer = new Stage(manualTurn()).client()
    attachRequests(peer)
    attachResponses(peer, { maxMessageSize: 50n })
    peer.credit(10)
    sendRequest(peer, 0, GET_NONE)
    expect(only(peer.take(), "detach")).toMatchObject({
      handle: 1,
      error: { condition: "amqp:link:message-size-exceeded" },
    })
  })

  it("is answered in several transfers when the peer's frames are small", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.open({ maxFrameSize: 512 })
    peer.begin()
    attachRequests(peer)
    attachResponses(peer)
    peer.credit(10)
    sendRequest(peer, 0, requestMessage("PUT", "/queues/q", { arguments: { "x-note": "n".repeat(2000) } }))
    const transfers = all(peer.take(), "transfer")
    expect(transfers.length).toBeGreaterThan(4)
    expect(transfers.map(({ more }) => more)).toEqual([...transfers.slice(1).map(() => true), false])
  })

  it("of arguments that AMQP 1.0 cannot hold is answered with a refusal", () => {
    const { stage, peer } = paired()
    let nested: unknown = "core"
    for (let depth = 0; depth < 63; depth++) nested = [nested]
    stage.broker.importDefinitions({
      queues: [{ name: "deep", vhost: "/", durable: true, auto_delete: false, arguments: { nested } }],
    })
    expect(ask(peer, 0, requestMessage("GET", "/queues/deep"))).toEqual([
      ["400", "id", expect.stringContaining("no answer in AMQP 1.0")],
    ])
  })
})

describe("detaching", () => {
  it("drops the responses that wait, and gives their credit to the next half of the name", () => {
    const { peer } = paired(0)
    for (let id = 0; id < 8; id++) sendRequest(peer, id, GET_NONE)
    peer.send({ type: "detach", handle: 1, closed: true })
    only(peer.take(), "detach")
    const frames = attachResponses(peer)
    expect(all(frames, "flow")).toMatchObject([{ handle: 0, linkCredit: 8 }])
    expect(all(peer.credit(10), "transfer")).toEqual([])
    expect(ask(peer, 8, GET_NONE)).toEqual([NONE])
  })

  it("says nothing more when the session ends with responses waiting", () => {
    const { stage, peer } = paired(0)
    sendRequest(peer, 0, GET_NONE)
    peer.take()
    peer.send({ type: "end" })
    expect(peer.take().map((frame) => frame.kind === "amqp" && frame.body.type)).toEqual(["end"])
    expect(stage.errors).toEqual([])
  })
})

describe("anything at all", () => {
  const whole = requestMessage("PUT", "/queues/q", { durable: true, arguments: { "x-message-ttl": 5, list: [1, "a"] } })
  const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.nat(255) })

  it("is answered or ends its link or session, and never fails", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(whole.length), (changes, length) => {
        const { stage, peer } = paired()
        const message = whole.slice(0, length === 0 ? whole.length : length)
        for (const { at, to } of changes) if (at < message.length) message[at] = to
        sendRequest(peer, 0, message)
        const frames = peer.take()
        const ends = [...all(frames, "transfer"), ...all(frames, "detach"), ...all(frames, "end")]
        expect(ends).toHaveLength(1)
        expect(stage.errors).toEqual([])
      }),
      { numRuns: 300, seed: 20 },
    )
  })

  it("as a path finds nothing or something, and never fails", () => {
    const part = fc.constantFrom(
      "queues",
      "exchanges",
      "bindings",
      "messages",
      "%",
      "%2F",
      "é",
      "",
      "..",
      "?",
      "&",
      "src=a",
    )
    const path = fc.array(part, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`)
    const { stage, peer } = paired(1000)
    let id = 0
    fc.assert(
      fc.property(fc.constantFrom("GET", "PUT", "DELETE", "POST", "X"), path, (method, target) => {
        const [response] = ask(peer, id++, requestMessage(method, target, method === "GET" ? null : {}))
        expect(["200", "201", "204", "400", "403", "404", "405", "409"]).toContain(response?.[0])
      }),
      { numRuns: 300, seed: 20 },
    )
    expect(stage.errors).toEqual([])
  })
})
