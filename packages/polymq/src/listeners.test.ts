import { expect, it } from "vitest"
import { listenerUrl } from "./listeners.ts"

it.each([
  ["127.0.0.1", "amqp://127.0.0.1:5672"],
  ["::1", "amqp://[::1]:5672"],
  ["0.0.0.0", "amqp://127.0.0.1:5672"],
  ["::", "amqp://[::1]:5672"],
  ["broker.example", "amqp://broker.example:5672"],
])("makes of the host %s the url %s", (host, url) => {
  expect(listenerUrl("amqp", { host, port: 5672 }, undefined)).toBe(url)
})

it("adds the path of WebSockets", () => {
  expect(listenerUrl("wss", { host: "::", port: 15_676 }, undefined)).toBe("wss://[::1]:15676/ws")
})

it("escapes credentials", () => {
  const user = { name: "a:b", password: "p@ss/word" }
  const url = listenerUrl("amqp", { host: "127.0.0.1", port: 1 }, user)
  expect(url).toBe("amqp://a%3Ab:p%40ss%2Fword@127.0.0.1:1")
})
