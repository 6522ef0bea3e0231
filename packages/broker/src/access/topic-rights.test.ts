import { publishedMessage, RecordingConsumer, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { SessionConsumer, SessionRequest } from "../api/client-session.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage
let tina: Access

beforeEach(() => {
  stage = new QueueStage()
  const { users } = stage.broker
  users.set({ name: "tina", tags: [], credential: { kind: "none" }, loopbackOnly: false })
  users.permit("tina", "/", { configure: ".*", write: ".*", read: ".*" })
  users.permitTopic("tina", "/", "amq.topic", { write: "^{username}[.]", read: "^({client_id}|{vhost}|all)[./]" })
  tina = stage.connected("tina")
})

function publish(routingKey: string, more: { readonly exchange?: string; readonly moreKeys?: readonly string[] } = {}) {
  return refusal(() => tina.publish(publishedMessage("m", { exchange: "amq.topic", routingKey, ...more })))
}

function bind(source: string, key: string, operation: "bind" | "unbind" = "bind"): string {
  const destination = { kind: "exchange", name: "amq.fanout" } as const
  return refusal(() => tina[operation]({ source, destination, key, arguments: NO_ARGUMENTS }))
}

const REFUSED = (right: string, key: string) =>
  `ACCESS_REFUSED: ${right} access to topic '${key}' in exchange 'amq.topic' in vhost '/' refused for user 'tina'`

describe("a user with a topic permission", () => {
  it("publishes to that exchange with the keys that it allows, copies included", () => {
    expect(publish("tina.a")).toBe("allowed")
    expect(publish("anna.a")).toBe(REFUSED("write", "anna.a"))
    expect(publish("tina.a", { moreKeys: ["tina.b"] })).toBe("allowed")
    expect(publish("tina.a", { moreKeys: ["tina.b", "anna.b"] })).toBe(REFUSED("write", "anna.b"))
  })

  it("publishes to other exchanges with every key", () => {
    expect(publish("anna.a", { exchange: "amq.direct" })).toBe("allowed")
    stage.access.declareExchange({
      name: "other",
      type: "topic",
      durable: false,
      autoDelete: false,
      internal: false,
      arguments: NO_ARGUMENTS,
    })
    expect(publish("anna.a", { exchange: "other" })).toBe("allowed")
    expect(publish("anna.a")).toBe(REFUSED("write", "anna.a"))
  })

  it("does not get round it by the address of the exchange", () => {
    expect(publish("/exchange/amq.topic/anna.a", { exchange: "" })).toBe(REFUSED("write", "anna.a"))
    expect(publish("/exchange/amq.topic/tina.a", { exchange: "" })).toBe("allowed")
  })

  it("binds and unbinds with the patterns that it allows", () => {
    expect(bind("amq.topic", "all.#")).toBe("allowed")
    expect(bind("amq.topic", "#")).toBe(REFUSED("read", "#"))
    expect(bind("amq.topic", "#", "unbind")).toBe(REFUSED("read", "#"))
    expect(bind("amq.direct", "#")).toBe("allowed")
    expect(bind("none", "#")).toBe("NOT_FOUND: no exchange 'none' in vhost '/'")
  })

  it("subscribes with the filters that it allows, as the client that it is", () => {
    expect(tina.mayRead("all/+")).toBe(true)
    expect(tina.mayRead("cli/1")).toBe(false)
    tina.openSession(requestOf("cli"))
    expect(tina.mayRead("cli/1")).toBe(true)
    expect(tina.mayRead("+/1")).toBe(false)
  })

  it("feels a change at once", () => {
    expect(publish("tina.a")).toBe("allowed")
    stage.broker.users.permitTopic("tina", "/", "amq.topic", { write: "^anna[.]", read: "" })
    expect([publish("tina.a"), publish("anna.a")]).toEqual([REFUSED("write", "tina.a"), "allowed"])
    stage.broker.users.permitTopic("tina", "/", "amq.topic", undefined)
    expect([publish("tina.a"), bind("amq.topic", "#"), tina.mayRead("#")]).toEqual(["allowed", "allowed", true])
  })

  it("keeps it when the password is changed", () => {
    stage.broker.users.set({ name: "tina", tags: [], credential: { kind: "none" }, loopbackOnly: false })
    expect(publish("anna.a")).toBe(REFUSED("write", "anna.a"))
  })

  it("leaves no trace with others", () => {
    expect(refusal(() => stage.publish("anna.a", "m", { exchange: "amq.topic" }))).toBe("allowed")
  })
})

function requestOf(clientId: string): SessionRequest {
  const consumer: SessionConsumer = Object.assign(new RecordingConsumer(), { keepsUp: () => true })
  return { clientId, cleanStart: true, expirySeconds: 0, consumer }
}
