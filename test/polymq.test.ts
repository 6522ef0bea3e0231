import { connect as connectSocket } from "node:net"
import { connect as connectAmqp } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker, type LogFields, type PolyBroker } from "polymq"
import { afterEach, describe, expect, it, vi } from "vitest"

const brokers: PolyBroker<never>[] = []

afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.close())))

async function started<Broker extends PolyBroker<never>>(starting: Promise<Broker>): Promise<Broker> {
  const broker = await starting
  brokers.push(broker)
  return broker
}

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Sockets and servers of this process. */
function handles(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))
}

async function queueWith(broker: PolyBroker, ...bodies: readonly string[]): Promise<void> {
  const connection = await connectAmqp(broker.urls.amqp)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue("orders")
  for (const body of bodies) channel.sendToQueue("orders", Buffer.from(body), { contentType: "text/plain" })
  await channel.waitForConfirms()
  await connection.close()
}

describe("a broker in the process", () => {
  it("is there for AMQP and MQTT clients at its urls", async () => {
    const broker = await started(createBroker())
    expect(broker.urls).toEqual({
      amqp: expect.stringMatching(/^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/),
      mqtt: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/),
    })
    const [amqp, mqtt] = await Promise.all([connectAmqp(broker.urls.amqp), connectAsync(broker.urls.mqtt)])
    await Promise.all([amqp.close(), mqtt.endAsync()])
  })

  it("opens only the listeners that are asked for", async () => {
    const broker = await started(createBroker({ listeners: { mqtt: {} } }))
    expect(Object.keys(broker.urls)).toEqual(["mqtt"])
  })

  it("runs beside another one and shares nothing with it", async () => {
    const [one, other] = await Promise.all([started(createBroker()), started(createBroker())])
    await queueWith(one, "for one")
    await expect(other.inspect("orders")).rejects.toMatchObject({ code: "NOT_FOUND" })
    expect(await one.inspect("orders")).toHaveLength(1)
  })

  it("shows the messages of a queue and leaves them there", async () => {
    const broker = await started(createBroker())
    await queueWith(broker, "first", "second")
    await broker.waitForIdle()
    for (const _ of ["once", "and again"]) {
      const messages = await broker.inspect("orders")
      expect(messages.map(({ text }) => text)).toEqual(["first", "second"])
      expect(messages[0]).toMatchObject({
        format: "amqp091",
        exchange: "",
        routingKey: "orders",
        properties: { content_type: "text/plain" },
      })
    }
  })

  it("shows a message in the format it was published in", async () => {
    const broker = await started(createBroker())
    const connection = await connectAmqp(broker.urls.amqp)
    const channel = await connection.createChannel()
    await channel.assertQueue("telemetry")
    await channel.bindQueue("telemetry", "amq.topic", "devices.#")
    const device = await connectAsync(broker.urls.mqtt, { protocolVersion: 5 })
    const properties = { userProperties: { unit: "kW", tag: ["a", "b"] }, messageExpiryInterval: 60 }
    await device.publishAsync("devices/7/power", "3.2", { qos: 1, properties })
    expect(await broker.inspect("telemetry")).toEqual([
      {
        format: "mqtt",
        exchange: "amq.topic",
        routingKey: "devices.7.power",
        topic: "devices/7/power",
        properties: { qos: 1, "message-expiry-interval": 60 },
        headers: { unit: "kW", tag: ["a", "b"] },
        body: new Uint8Array(Buffer.from("3.2")),
        text: "3.2",
      },
    ])
    await Promise.all([connection.close(), device.endAsync()])
  })

  it("starts with RabbitMQ's definitions", async () => {
    const definitions = {
      vhosts: [{ name: "shop" }],
      users: [{ name: "alice", password: "sesame", tags: [] }],
      permissions: [{ user: "alice", vhost: "shop", configure: ".*", write: ".*", read: ".*" }],
      queues: [{ name: "orders", vhost: "shop", durable: true, auto_delete: false, arguments: {} }],
    }
    const broker = await started(createBroker({ definitions }))
    const connection = await connectAmqp(`amqp://alice:sesame@127.0.0.1:${portOf(broker.urls.amqp)}/shop`)
    const channel = await connection.createConfirmChannel()
    channel.sendToQueue("orders", Buffer.from("one"))
    await channel.waitForConfirms()
    expect((await broker.inspect("orders", { vhost: "shop" })).map(({ text }) => text)).toEqual(["one"])
    await connection.close()
  })

  it("says which definitions file is missing", async () => {
    await expect(createBroker({ definitions: "nowhere.json" })).rejects.toThrow(
      "nowhere.json: there is no such definitions file",
    )
  })

  it("resolves waitForIdle only when what was delivered is settled", async () => {
    const broker = await started(createBroker())
    await queueWith(broker, "to be settled")
    const connection = await connectAmqp(broker.urls.amqp)
    const channel = await connection.createChannel()
    const message = await channel.get("orders")
    let isIdle = false
    const idle = broker.waitForIdle().then(() => {
      isIdle = true
    })
    await channel.checkQueue("orders")
    expect(isIdle).toBe(false)
    if (message !== false) channel.ack(message)
    await idle
    expect(await broker.inspect("orders")).toEqual([])
    await connection.close()
  })

  it("tells clients why it goes, and leaves no handle behind", async () => {
    const before = handles()
    const broker = await createBroker()
    const amqp = await connectAmqp(broker.urls.amqp)
    const mqtt = await connectAsync(broker.urls.mqtt, { protocolVersion: 5, reconnectPeriod: 0 })
    const goodbyes = Promise.all([
      new Promise<Error>((resolve) => amqp.on("close", resolve)),
      new Promise<number | undefined>((resolve) => mqtt.on("disconnect", ({ reasonCode }) => resolve(reasonCode))),
      new Promise<void>((resolve) => mqtt.on("close", resolve)),
    ])
    await broker.close()
    const [amqpReason, mqttReason] = await goodbyes
    expect(amqpReason.message).toContain("CONNECTION_FORCED")
    expect(mqttReason).toBe(0x8b)
    expect(handles()).toEqual(before)
  })

  it("closes once, however often it is asked, and by disposal", async () => {
    const broker = await createBroker()
    await Promise.all([broker.close(), broker.close(), broker[Symbol.asyncDispose]()])
    await broker.close()
  })

  it("says which listener's port is taken, and leaves nothing behind", async () => {
    const broker = await started(createBroker())
    const port = portOf(broker.urls.mqtt)
    const before = handles()
    await expect(createBroker({ listeners: { amqp: {}, mqtt: { port } } })).rejects.toThrow(
      `listener mqtt: port ${port} on 127.0.0.1 is already in use`,
    )
    expect(handles()).toEqual(before)
  })

  it("says in the log why a connection ended", async () => {
    const closed = new Promise<LogFields | undefined>((resolve) => {
      const log = (event: string, fields?: LogFields): void => {
        if (event === "connection closed") resolve(fields)
      }
      void started(createBroker({ log: { debug: log, info: log, warn: log, error: log } })).then(({ urls }) => {
        const socket = connectSocket(portOf(urls.amqp), "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"))
        socket.resume()
      })
    })
    expect(await closed).toMatchObject({ protocol: "amqp", peer: "127.0.0.1", reason: expect.stringMatching(/header/) })
  })

  it("closes a client that reads nothing, and lets the others not notice", async () => {
    const reasons: unknown[] = []
    const log = (event: string, fields?: LogFields): void => {
      if (event === "connection closed") reasons.push(fields?.["reason"])
    }
    const broker = await started(
      createBroker({ limits: { slowReaderTimeoutMs: 500 }, log: { debug: log, info: log, warn: log, error: log } }),
    )
    const [frozen, reader, publisher] = await Promise.all([
      connectAsync(broker.urls.mqtt, { reconnectPeriod: 0 }),
      connectAsync(broker.urls.mqtt),
      connectAsync(broker.urls.mqtt),
    ])
    await Promise.all([frozen.subscribeAsync("big"), reader.subscribeAsync("big")])
    frozen.on("error", () => {})
    let count = 0
    const all = new Promise<void>((resolve) => {
      reader.on("message", () => {
        if (++count === 30) resolve()
      })
    })
    frozen.stream.pause()
    for (let index = 0; index < 30; index++) await publisher.publishAsync("big", Buffer.alloc(1_000_000), { qos: 1 })
    await all
    await vi.waitFor(() => expect(reasons).toEqual([expect.stringContaining("has read nothing for 0.5 s")]), 10_000)
    expect([reader.connected, publisher.connected]).toEqual([true, true])
    frozen.stream.destroy()
    await Promise.all([reader.endAsync(), publisher.endAsync()])
  })

  it("starts and closes again and again", async () => {
    const before = handles()
    for (let round = 0; round < 20; round++) {
      const broker = await createBroker()
      const client = await connectAsync(broker.urls.mqtt)
      await client.endAsync()
      await broker.close()
    }
    expect(handles()).toEqual(before)
  })
})
