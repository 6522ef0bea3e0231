import { describe, expect, it } from "vitest"
import { explain, explainPublished, explainRoute } from "./explain.ts"
import { routeOf } from "./routes.ts"
import { amqp091Publish, field, longstr } from "./testing/amqp091-content.ts"
import { ECHO } from "./testing/echo-table.ts"
import { mqttPublish } from "./testing/mqtt-publish.ts"

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const

describe("explain", () => {
  it("lists fields in the order of the source format, those of the hop too", () => {
    const published = mqttPublish({ qos: 1, topicAlias: 1, contentType: "t", userProperties: [["k", "v"]] })
    expect(explainPublished(published, "amqp091", OPTIONS).map((finding) => finding.field)).toEqual([
      "fixed-header.dup",
      "fixed-header.qos",
      "topic-name",
      "packet-identifier",
      "properties.topic-alias",
      "properties.user-property[k]",
      "properties.content-type",
      "payload",
    ])
  })

  it("tells nothing of the hop for a message that the broker keeps", () => {
    const { message } = mqttPublish({ qos: 1, topicAlias: 1 })
    expect(explain(message, "amqp091", OPTIONS).map((finding) => finding.field)).toEqual([
      "fixed-header.qos",
      "payload",
    ])
  })

  it("shows a value before and after", () => {
    const { message } = mqttPublish({ messageExpiryInterval: 60 })
    expect(explain(message, "amqp091", OPTIONS)[1]).toEqual({
      row: "mqtt-amqp091/message-expiry-interval",
      typeRow: undefined,
      field: "properties.message-expiry-interval",
      before: { type: "uint", value: 60 },
      after: { field: "properties.expiration", value: { type: "shortstr", value: "60000" } },
      outcome: "converted",
      reason: "",
    })
  })

  it("has nothing to explain where nothing is converted", () => {
    expect(explainPublished(mqttPublish({ qos: 1 }), "mqtt", OPTIONS)).toEqual([])
  })

  it("names the later of equal names a duplicate, and what a property outranks", () => {
    const userProperties = [
      ["k", "1"],
      ["k", "2"],
      ["x-reply-to-topic", "3"],
    ] as const
    const { message } = mqttPublish({ responseTopic: "r", userProperties })
    const lost = explain(message, "amqp091", OPTIONS).filter(({ outcome }) => outcome === "lost")
    expect(lost.map(({ before, reason, after }) => [before.value, reason, after])).toEqual([
      ["2", "duplicate", undefined],
      ["3", "outranked", undefined],
    ])
  })

  it("tells which type row decided, and that elements are lost", () => {
    const route = { ...routeOf("amqp091", "mqtt"), table: ECHO, target: routeOf("amqp091", "mqtt").source }
    const headers = [
      ["text", longstr("v")],
      ["flag", field("t", "01")],
      ["list", field("A", "00000007 74 01 49 00000002")],
      ["odd", field("I", "00000003")],
    ] as const
    const findings = explainRoute(route, amqp091Publish({ headers }).message, [], OPTIONS)
    expect(findings.slice(0, 4).map(({ row, typeRow, outcome, reason }) => [row, typeRow, outcome, reason])).toEqual([
      ["echo/properties.headers.*", "echo/type/longstr/short", "kept", ""],
      ["echo/type/bool", "echo/type/bool", "lost", "no-bool"],
      ["echo/properties.headers.*", "echo/type/array", "narrowed", "elements-lost"],
      ["echo/properties.headers.*", "echo/type/signedint", "lost", "odd"],
    ])
  })
})
