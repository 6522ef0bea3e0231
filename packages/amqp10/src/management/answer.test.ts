import type { Access } from "@polymq/broker"
import { manualTurn, publishedMessage, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { plain, tagged } from "../testing/plain.ts"
import { Stage } from "../testing/stage.ts"
import { answerRequest } from "./answer.ts"
import type { Request } from "./request.ts"

let stage: Stage
let access: Access

beforeEach(() => {
  stage = new Stage(manualTurn())
  access = stage.access()
})

function ask(method: string, target: string, body?: unknown, as = access): readonly [status: number, body: unknown] {
  return answer({ method, target, replyTo: "$me", body: tagged(body), messageId: undefined }, as)
}

function answer(request: Request, as = access): readonly [status: number, body: unknown] {
  const response = answerRequest(as, request)
  return [response.status, plain(response.body)]
}

function queueNamed(name: string, more: object = {}): object {
  return {
    leader: "polymq",
    message_count: 0n,
    consumer_count: 0,
    name,
    vhost: "/",
    durable: true,
    auto_delete: false,
    exclusive: false,
    type: "classic",
    arguments: { "x-queue-type": "classic" },
    replicas: ["polymq"],
    ...more,
  }
}

/** Texts as RabbitMQ gives them. */
const DEFAULT_EXCHANGE = "operation not permitted on the default exchange"
const LOCKED =
  "cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration."

describe("a queue", () => {
  it("is declared durable unless the request says otherwise, and told of", () => {
    expect(ask("PUT", "/queues/a%20%2F%20%C3%A9", {})).toEqual([201, queueNamed("a / é")])
    expect(ask("GET", "/queues/a%20%2F%20%C3%A9")).toEqual([200, queueNamed("a / é")])
  })

  it("is declared with properties and arguments, which are given back by value", () => {
    const given = {
      "x-queue-type": "quorum",
      "x-message-ttl": 60_000,
      text: "é",
      list: [1, true, null],
      nested: { n: 2n },
    }
    const body = { durable: true, exclusive: false, auto_delete: true, arguments: given }
    const details = queueNamed("q", {
      auto_delete: true,
      type: "quorum",
      arguments: { ...given, "x-message-ttl": 60_000n, list: [1n, true, null] },
    })
    expect(ask("PUT", "/queues/q", body)).toEqual([201, details])
  })

  it.each([
    ["non-durable", { durable: false }],
    ["exclusive", { exclusive: true }],
  ])("that is %s cannot be a quorum queue, which is no conflict unless it is there already", (property, more) => {
    const body = { arguments: { "x-queue-type": "quorum" } }
    expect(ask("PUT", "/queues/q", { ...body, ...more })).toEqual([
      400,
      `invalid property '${property}' for queue 'q' in vhost '/'`,
    ])
    ask("PUT", "/queues/q", { ...body, auto_delete: true })
    expect(ask("PUT", "/queues/q", { ...body, durable: false })[0]).toBe(409)
  })

  it("that is declared again is there already, or another one", () => {
    ask("PUT", "/queues/q", {})
    expect(ask("PUT", "/queues/q", { arguments: { "x-queue-type": "classic" } })).toEqual([200, queueNamed("q")])
    expect(ask("PUT", "/queues/q", { auto_delete: true })).toEqual([
      409,
      "inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'",
    ])
    expect(ask("PUT", "/queues/q", { arguments: { "x-message-ttl": 5 } })).toEqual([
      409,
      "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '5' but current is none",
    ])
  })

  it("tells its messages, gives them up when it is purged, and says how many it had when it is deleted", () => {
    ask("PUT", "/queues/q", {})
    for (let left = 3; left > 0; left--) access.publish(publishedMessage("", { routingKey: "q" }))
    expect(ask("GET", "/queues/q")).toEqual([200, queueNamed("q", { message_count: 3n })])
    expect(ask("DELETE", "/queues/q/messages")).toEqual([200, { message_count: 3n }])
    access.publish(publishedMessage("", { routingKey: "q" }))
    expect(ask("DELETE", "/queues/q")).toEqual([200, { message_count: 1n }])
    expect(ask("GET", "/queues/q")).toEqual([404, "queue 'q' in vhost '/' not found"])
  })

  it("that is not there is deleted already, but cannot be purged", () => {
    expect(ask("DELETE", "/queues/none")).toEqual([200, { message_count: 0n }])
    expect(ask("DELETE", "/queues/none/messages")).toEqual([404, "no queue 'none' in vhost '/'"])
  })

  it("of another connection is told of and nothing else", () => {
    ask("PUT", "/queues/q", { exclusive: true })
    const other = stage.access()
    expect(ask("GET", "/queues/q", null, other)).toEqual([200, queueNamed("q", { exclusive: true })])
    expect(ask("PUT", "/queues/q", { exclusive: true }, other)).toEqual([400, LOCKED])
    expect(ask("DELETE", "/queues/q/messages", null, other)).toEqual([400, LOCKED])
    expect(ask("DELETE", "/queues/q", null, other)).toEqual([400, LOCKED])
    const binding = { source: "amq.direct", destination_queue: "q", binding_key: "k" }
    expect(ask("POST", "/bindings", binding, other)).toEqual([400, LOCKED])
  })

  it.each<readonly [string, object, number, string]>([
    ["/queues/", {}, 400, "declare queue with empty name not allowed"],
    ["/queues/amq.q", {}, 403, "queue 'amq.q' in vhost '/' starts with reserved prefix 'amq.'"],
    ["/queues/a%0Ab", {}, 400, "Bad name 'a\nb': line feed and carriage return characters not allowed"],
    [`/queues/${"q".repeat(256)}`, {}, 400, "Bad name: 256 bytes, at most 255 are allowed"],
    ["/queues/q", { unknown: 1 }, 400, "bad queue property 'unknown'"],
    ["/queues/q", { durable: "yes" }, 400, "bad queue property 'durable': a boolean expected, not a string"],
    ["/queues/q", { constructor: true }, 400, "bad queue property 'constructor'"],
    ["/queues/q", { arguments: [] }, 400, "arguments are a map, not a list"],
    [
      "/queues/q",
      { arguments: { "x-message-ttl": "soon" } },
      409,
      "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': received 'soon' but expected a non-negative integer",
    ],
  ])("is refused as %s with %j", (target, body, status, text) => {
    expect(ask("PUT", target, body)).toEqual([status, text])
    expect(stage.errors).toEqual([])
  })
})

describe("an exchange", () => {
  it("is declared durable and direct unless the request says otherwise, again and again", () => {
    expect(ask("PUT", "/exchanges/x%2Fy", {})).toEqual([204, null])
    expect(ask("PUT", "/exchanges/x%2Fy", { type: "direct", durable: true, internal: false })).toEqual([204, null])
    expect(ask("PUT", "/exchanges/x%2Fy", { type: "fanout" })).toEqual([
      409,
      "inequivalent arg 'type' for exchange 'x/y' in vhost '/': received 'fanout' but current is 'direct'",
    ])
    expect(ask("PUT", "/exchanges/amq.fanout", { type: "fanout" })).toEqual([204, null])
  })

  it("keeps what it is declared with", () => {
    const body = { type: "topic", durable: false, auto_delete: true, internal: true }
    ask("PUT", "/exchanges/x", { ...body, arguments: { "alternate-exchange": "amq.fanout" } })
    expect(ask("PUT", "/exchanges/x", { ...body, arguments: { "alternate-exchange": "amq.fanout" } })[0]).toBe(204)
    expect(ask("PUT", "/exchanges/x", { ...body, arguments: { "alternate-exchange": "amq.direct" } })[0]).toBe(409)
    expect(ask("PUT", "/exchanges/x", { ...body, internal: false })[0]).toBe(409)
  })

  it("is deleted with its bindings, and a second time", () => {
    ask("PUT", "/queues/q", {})
    ask("PUT", "/exchanges/x", {})
    ask("POST", "/bindings", { source: "x", destination_queue: "q", binding_key: "k" })
    expect(ask("DELETE", "/exchanges/x")).toEqual([204, null])
    expect(ask("DELETE", "/exchanges/x")).toEqual([204, null])
    expect(refusal(() => access.checkExchange("x"))).toContain("NOT_FOUND")
  })

  it.each<readonly [string, string, object | null, number, string]>([
    ["PUT", "/exchanges/", {}, 403, DEFAULT_EXCHANGE],
    ["DELETE", "/exchanges/", null, 403, DEFAULT_EXCHANGE],
    ["PUT", "/exchanges/amq.x", {}, 403, "exchange 'amq.x' in vhost '/' starts with reserved prefix 'amq.'"],
    [
      "DELETE",
      "/exchanges/amq.fanout",
      null,
      403,
      "exchange 'amq.fanout' in vhost '/' starts with reserved prefix 'amq.'",
    ],
    ["PUT", "/exchanges/x", { type: "x-none" }, 400, "unknown exchange type 'x-none'"],
    ["PUT", "/exchanges/x", { type: 1 }, 400, "bad exchange property 'type': a string expected, not a uint"],
    ["PUT", "/exchanges/a%0Db", {}, 400, "Bad name 'a\rb': line feed and carriage return characters not allowed"],
    ["DELETE", "/exchanges/a%0Db", null, 400, "Bad name 'a\rb': line feed and carriage return characters not allowed"],
  ])("is refused: %s %s", (method, target, body, status, text) => {
    expect(ask(method, target, body)).toEqual([status, text])
  })
})

describe("a binding", () => {
  beforeEach(() => {
    ask("PUT", "/queues/q%20%C3%A9", {})
    ask("PUT", "/exchanges/x", { type: "headers" })
  })

  const toQueue = { source: "x", destination_queue: "q é", binding_key: "k/(*)" }
  const queueQuery = "/bindings?src=x&dstq=q%20%C3%A9&key=k%2F%28%2A%29"
  const plainLocation = "/bindings/src=x;dstq=q%20%C3%A9;key=k%2F%28%2A%29;args="

  it("is made once, listed by its parts, and removed by its location", () => {
    expect(ask("GET", queueQuery)).toEqual([200, []])
    for (let left = 2; left > 0; left--) expect(ask("POST", "/bindings", toQueue)).toEqual([204, null])
    expect(ask("GET", queueQuery)).toEqual([200, [{ ...toQueue, arguments: {}, location: plainLocation }]])
    for (let left = 2; left > 0; left--) expect(ask("DELETE", plainLocation)).toEqual([204, null])
    expect(ask("GET", queueQuery)).toEqual([200, []])
  })

  it("is told apart by its arguments, whatever their order", () => {
    const given = { "x-match": "any", n: 1n }
    ask("POST", "/bindings", toQueue)
    ask("POST", "/bindings", { ...toQueue, arguments: given })
    ask("POST", "/bindings", { ...toQueue, arguments: { n: 1, "x-match": "any" } })
    const [, listed] = ask("GET", queueQuery) as [number, { readonly arguments: object; readonly location: string }[]]
    expect(listed.map((binding) => binding.arguments)).toEqual([{}, given])
    const location = listed[1]?.location ?? ""
    expect(location.slice(0, plainLocation.length)).toBe(plainLocation)
    expect(location.slice(plainLocation.length)).toMatch(/^[\w-]{16}$/)
    ask("DELETE", `${plainLocation}AAAAAAAAAAAAAAAA`)
    ask("DELETE", location)
    expect(ask("GET", queueQuery)).toEqual([200, [{ ...toQueue, arguments: {}, location: plainLocation }]])
  })

  it("leads to an exchange as well", () => {
    const binding = { source: "x", destination_exchange: "amq.fanout", binding_key: "" }
    const location = "/bindings/src=x;dste=amq.fanout;key=;args="
    expect(ask("POST", "/bindings", binding)).toEqual([204, null])
    expect(ask("GET", "/bindings?src=x&dste=amq.fanout&key=")).toEqual([200, [{ ...binding, arguments: {}, location }]])
    expect(ask("GET", "/bindings?src=x&dstq=amq.fanout&key=")).toEqual([200, []])
    expect(ask("DELETE", location)).toEqual([204, null])
    expect(ask("GET", "/bindings?src=x&dste=amq.fanout&key=")).toEqual([200, []])
  })

  it("routes", () => {
    ask("POST", "/bindings", { source: "amq.direct", destination_queue: "q é", binding_key: "k" })
    const message = publishedMessage("", { exchange: "amq.direct", routingKey: "k" })
    expect(access.publish(message).result).toBe("routed")
  })

  it.each<readonly [object, number, string]>([
    [{ ...toQueue, source: "" }, 403, DEFAULT_EXCHANGE],
    [{ source: "x", destination_exchange: "", binding_key: "k" }, 403, DEFAULT_EXCHANGE],
    [{ ...toQueue, source: "none" }, 400, "no exchange 'none' in vhost '/'"],
    [{ ...toQueue, destination_queue: "none" }, 400, "no queue 'none' in vhost '/'"],
    [{ ...toQueue, source: "a\nb" }, 400, "Bad name 'a\nb': line feed and carriage return characters not allowed"],
    [
      { ...toQueue, destination_queue: "a\nb" },
      400,
      "Bad name 'a\nb': line feed and carriage return characters not allowed",
    ],
    [{ destination_queue: "q é", binding_key: "k" }, 400, "a binding needs the fields source and binding_key"],
    [{ source: "x", destination_queue: "q é" }, 400, "a binding needs the fields source and binding_key"],
    [{ source: "x", binding_key: "k" }, 400, "a binding needs destination_queue or destination_exchange"],
    [
      { ...toQueue, destination_exchange: "amq.fanout" },
      400,
      "a binding needs destination_queue or destination_exchange",
    ],
    [{ ...toQueue, more: 1 }, 400, "bad binding field 'more'"],
    [
      { ...toQueue, arguments: { "x-match": "some" } },
      400,
      'Invalid x-match field value "some"; expected all, any, all-with-x, or any-with-x',
    ],
  ])("is refused as %j", (body, status, text) => {
    expect(ask("POST", "/bindings", body)).toEqual([status, text])
  })

  it.each([
    ["GET", "/bindings?src=x&key=k", 400, "missing 'dste' or 'dstq' in query"],
    ["GET", "/bindings?src=x&dstq=q", 400, "missing 'src' or 'key' in query"],
    ["GET", "/bindings?dstq=q&key=", 400, "missing 'src' or 'key' in query"],
    ["GET", "/bindings?src=&dstq=q&key=", 403, DEFAULT_EXCHANGE],
    ["DELETE", "/bindings/src=x;dstq=q;args=", 400, "bad binding path segment 'src=x;dstq=q;args='"],
    ["DELETE", "/bindings/src=;dstq=q;key=;args=", 400, "bad binding path segment 'src=;dstq=q;key=;args='"],
    ["DELETE", "/bindings/src=none;dstq=none;key=;args=", 204, null],
  ])("cannot be asked for by %s %s", (method, target, status, text) => {
    expect(ask(method, target)).toEqual([status, text])
  })
})

describe("a token", () => {
  it("is taken and changes nothing for a user who has logged in with a password", () => {
    expect(ask("PUT", "/auth/tokens", Uint8Array.of(1, 2, 3))).toEqual([204, null])
    expect(ask("PUT", "/auth/tokens", "text")[0]).toBe(400)
  })
})

describe("a request", () => {
  it.each([
    ["GET", "/", null, 404, "there is nothing at '/'"],
    ["GET", "/queue/q", null, 404, "there is nothing at '/queue/q'"],
    ["GET", "/queues/q/messages/1", null, 404, "there is nothing at '/queues/q/messages/1'"],
    ["PATCH", "/queues/q", {}, 405, "'/queues/q' can be asked for GET, PUT, DELETE, not 'PATCH'"],
    ["get", "/queues/q", null, 405, "'/queues/q' can be asked for GET, PUT, DELETE, not 'get'"],
    ["GET", "/exchanges/x", null, 405, "'/exchanges/x' can be asked for PUT, DELETE, not 'GET'"],
    ["GET", "queues/q", null, 400, "failed to normalize URI 'queues/q': a path begins with a slash"],
    ["GET", "", null, 400, "failed to normalize URI '': a path begins with a slash"],
    ["GET", "/queues/%zz", null, 400, "failed to normalize URI '/queues/%zz': invalid percent-encoding"],
    ["GET", "/queues/%ff", null, 400, "failed to normalize URI '/queues/%ff': invalid percent-encoding"],
    ["PUT", "/queues/q", null, 400, "PUT /queues/q with a body of type null, not map"],
    ["PUT", "/queues/q", "text", 400, "PUT /queues/q with a body of type string, not map"],
    ["GET", "/queues/q", {}, 400, "GET /queues/q with a body of type map, not null"],
  ])("is refused: %s %s with %j", (method, target, body, status, text) => {
    expect(ask(method, target, body)).toEqual([status, text])
  })

  it.each<readonly [string, Partial<Request>, string]>([
    ["a method", { method: undefined }, "a request needs a method: the property subject"],
    ["a path", { target: undefined }, "a request needs a path: the property to"],
    [
      "a reply address",
      { replyTo: undefined },
      "a request is answered on its link pair: the property reply-to has to be $me",
    ],
    [
      "the pair's reply address",
      { replyTo: "/queues/q" },
      "a request is answered on its link pair: the property reply-to has to be $me",
    ],
  ])("is refused without %s", (_what, without, text) => {
    const whole = { method: "GET", target: "/queues/q", replyTo: "$me", body: tagged(null), messageId: undefined }
    expect(answer({ ...whole, ...without })).toEqual([400, text])
  })

  it.each<readonly [string, string, unknown, string]>([
    ["PUT", "/queues/q", {}, "configure access to queue 'q' in vhost '/' refused for user 'limited'"],
    ["GET", "/queues/q", null, "configure access to queue 'q' in vhost '/' refused for user 'limited'"],
    ["DELETE", "/queues/q/messages", null, "read access to queue 'q' in vhost '/' refused for user 'limited'"],
    ["PUT", "/exchanges/x", {}, "configure access to exchange 'x' in vhost '/' refused for user 'limited'"],
    [
      "GET",
      "/bindings?src=amq.direct&dstq=q&key=",
      null,
      "write access to queue 'q' in vhost '/' refused for user 'limited'",
    ],
  ])("for which the user has no right ends the session: %s %s", (method, target, body, text) => {
    stage.broker.users.set({ name: "limited", tags: [], credential: { kind: "none" }, loopbackOnly: false })
    stage.broker.users.permit("limited", "/", { configure: "", write: "", read: "" })
    expect(() => ask(method, target, body, stage.access("limited"))).toThrow(
      expect.objectContaining({ scope: "session", condition: "amqp:unauthorized-access", message: text }),
    )
  })
})
