import { expect, it } from "vitest"
import { banner } from "./banner.ts"

it("fits on one screen and says everything that a client needs", () => {
  const urls = { amqp: "amqp://guest:guest@127.0.0.1:5672", mqtt: "mqtt://127.0.0.1:1883" }
  expect(banner({ version: "0.1.0", urls, user: { name: "guest", isWellKnown: true } })).toBe(`PolyMQ 0.1.0 is ready

  AMQP 0.9.1, 1.0    amqp://guest:guest@127.0.0.1:5672
  MQTT 3.1.1, 5.0    mqtt://127.0.0.1:1883

  Log in as user guest, password guest, from this machine only; MQTT clients may leave both out.
  Messages are kept in memory: nothing survives a restart yet.
  Ctrl+C stops the broker.
`)
})

it("shows every listener that there can be in a column", () => {
  const urls = {
    amqp: "amqp://h:1",
    amqps: "amqps://h:2",
    mqtt: "mqtt://h:3",
    mqtts: "mqtts://h:4",
    ws: "ws://h:5/ws",
    wss: "wss://h:6/ws",
  }
  expect(banner({ version: "0.1.0", urls, user: { name: "guest", isWellKnown: true } })).toContain(`
  AMQP 0.9.1, 1.0    amqp://h:1
  AMQP over TLS      amqps://h:2
  MQTT 3.1.1, 5.0    mqtt://h:3
  MQTT over TLS      mqtts://h:4
  MQTT, WebSocket    ws://h:5/ws
  WebSocket over TLS wss://h:6/ws
`)
})

it("names only the listeners that there are, and no password that somebody chose", () => {
  const text = banner({ version: "0.1.0", urls: { mqtt: "mqtt://h:1" }, user: { name: "alice", isWellKnown: false } })
  expect(text).not.toContain("AMQP")
  expect(text).toContain("Log in as user alice, password as configured.")
})
