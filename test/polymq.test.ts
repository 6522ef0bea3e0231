import { once } from "node:events"
import { connect as connectSocket } from "node:net"
import { connect as connectAmqp } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker, type LogFields } from "polymq"
import type { Message } from "rhea"
import { describe, expect, it, vi } from "vitest"
import { closeConnection, openConnection } from "./interop/clients/rhea.ts"
import { started } from "./started-broker.ts"

function portOf(url: string): number {
  return Number(new URL(url).port)
}

/** Sockets and servers of this process. */
function handles(): readonly string[] {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"))
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
    const connection = await connectAmqp(one.urls.amqp)
    await (await connection.createChannel()).assertQueue("orders")
    expect(await one.inspect("orders")).toEqual([])
    await expect(other.inspect("orders")).rejects.toMatchObject({ code: "NOT_FOUND" })
    await connection.close()
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

  it("lets AMQP 1.0 clients read what definitions declare and others publish", async () => {
    const definitions = {
      queues: [{ name: "orders", vhost: "/", durable: true, auto_delete: false, arguments: {} }],
      bindings: [
        { source: "amq.topic", vhost: "/", destination: "orders", destination_type: "queue", routing_key: "shop.#" },
      ],
    }
    const broker = await started(createBroker({ definitions }))
    const connection = await openConnection(broker)
    const receiver = connection.open_receiver("/queues/orders")
    const received = once(receiver, "message")
    const device = await connectAsync(broker.urls.mqtt)
    await device.publishAsync("shop/orders", "one", { qos: 1 })
    const [{ message }] = (await received) as [{ readonly message: { readonly body: { readonly content: unknown } } }]
    expect(String(message.body.content)).toBe("one")
    await Promise.all([closeConnection(connection), device.endAsync()])
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

  it("closes within a second while clients of all three protocols are busy, and leaves no handle", async () => {
    const before = handles()
    const broker = await createBroker()
    const amqp = await connectAmqp(broker.urls.amqp)
    amqp.on("error", () => {})
    const channel = await amqp.createChannel()
    const { queue } = await channel.assertQueue("", { exclusive: true })
    await channel.bindQueue(queue, "amq.topic", "busy.#")
    await channel.consume(queue, () => {}, { noAck: true })
    const amqp10 = await openConnection(broker)
    amqp10.open_receiver("/exchange/amq.topic/busy.#")
    amqp10.on("connection_error", () => {})
    const sender = amqp10.open_sender("/exchanges/amq.topic/busy.amqp10")
    await once(sender, "sendable")
    const device = await connectAsync(broker.urls.mqtt, { protocolVersion: 5, reconnectPeriod: 0 })
    device.on("error", () => {})
    await device.subscribeAsync("busy/#", { qos: 1 })
    const ended = Promise.all([
      once(amqp, "close"),
      once(amqp10, "disconnected"),
      new Promise<void>((resolve) => device.once("close", resolve)),
    ])
    let isOver = false
    let rounds = 0
    const work = (): void => {
      if (isOver) return
      rounds++
      channel.publish("amq.topic", "busy.amqp091", Buffer.alloc(100))
      if (sender.sendable()) sender.send({ body: "busy" } as Message)
      device.publish("busy/mqtt", "busy", { qos: 1 }, () => {})
      setImmediate(work)
    }
    amqp.on("close", () => {
      isOver = true
    })
    work()
    await vi.waitFor(() => expect(rounds).toBeGreaterThan(100))
    const from = performance.now()
    await broker.close()
    expect(performance.now() - from).toBeLessThan(1000)
    await ended
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
