import { connectAsync, type IClientOptions, type MqttClient } from "mqtt"
import { createBroker, type PolyBroker } from "polymq"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

let broker: PolyBroker<"mqtt" | "ws">
const clients: MqttClient[] = []

beforeEach(async () => {
  broker = await createBroker({
    listeners: { mqtt: {}, ws: {} },
    webSocket: { allowedOrigins: ["https://app.example.com"] },
  })
})

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.endAsync(true)))
  await broker.close()
})

async function connected(url: string, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, ...options }, false)
  client.on("error", () => {})
  clients.push(client)
  return client
}

/** The next `count` messages that a client receives. */
function messages(client: MqttClient, count: number): Promise<readonly string[]> {
  const texts: string[] = []
  return new Promise((resolve) => {
    client.on("message", (_topic, payload) => {
      if (texts.push(payload.toString()) === count) resolve(texts)
    })
  })
}

describe("MQTT over WebSocket", () => {
  it.each([3, 4, 5] as const)("meets MQTT over TCP, with protocol level %i", async (protocolVersion) => {
    const older =
      protocolVersion === 3 ? { protocolVersion, protocolId: "MQIsdp" as const, clientId: "c" } : { protocolVersion }
    const page = await connected(broker.urls.ws, older)
    const device = await connected(broker.urls.mqtt, { protocolVersion: 5 })
    await Promise.all([page.subscribeAsync("to/page", { qos: 2 }), device.subscribeAsync("to/device", { qos: 2 })])
    const heard = Promise.all([messages(page, 1), messages(device, 1)])
    await Promise.all([
      page.publishAsync("to/device", "from the page", { qos: 2 }),
      device.publishAsync("to/page", "from the device", { qos: 2 }),
    ])
    expect(await heard).toEqual([["from the device"], ["from the page"]])
  })

  it("keeps thousands of messages in order", async () => {
    const page = await connected(broker.urls.ws, { protocolVersion: 5 })
    await page.subscribeAsync("many", { qos: 1 })
    const heard = messages(page, 3000)
    const numbers = Array.from({ length: 3000 }, (_, index) => String(index))
    await Promise.all(numbers.map((number) => page.publishAsync("many", number, { qos: 1 })))
    expect(await heard).toEqual(numbers)
  })

  it("publishes the will of a page that is gone without a word", async () => {
    const will = { topic: "wills", payload: Buffer.from("gone"), qos: 1, retain: false } as const
    const page = await connected(broker.urls.ws, { will })
    const other = await connected(broker.urls.ws)
    await other.subscribeAsync("wills", { qos: 1 })
    const heard = messages(other, 1)
    page.stream.destroy()
    expect(await heard).toEqual(["gone"])
  })

  it("ends a page that no longer sends anything by its keep-alive", async () => {
    const page = await connected(broker.urls.ws, { keepalive: 1, reschedulePings: false })
    page.sendPing = () => {}
    const closed = new Promise((resolve) => page.once("close", () => resolve("closed")))
    expect(await closed).toBe("closed")
  })

  it("welcomes pages that are allowed, and no others", async () => {
    const from = (origin: string) => ({ wsOptions: { origin } })
    await connected(broker.urls.ws, from("https://app.example.com"))
    await connected(broker.urls.ws, from("http://localhost:5173"))
    await expect(connected(broker.urls.ws, from("https://evil.example"))).rejects.toThrow("Couldn't connect to server")
  })

  it("says goodbye when the broker closes", async () => {
    const page = await connected(broker.urls.ws, { protocolVersion: 5 })
    const goodbye = new Promise((resolve) => page.once("disconnect", ({ reasonCode }) => resolve(reasonCode)))
    await broker.close()
    expect(await goodbye).toBe(0x8b)
  })
})
