import { once } from "node:events"
import { connect as connectSocket } from "node:net"
import { type ConsumeMessage, connect as connectAmqp } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker, type LogFields, type PolyBroker } from "polymq"
import rhea, { type Connection, type EventContext, type Message } from "rhea"
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

async function connectAmqp10(url: string): Promise<Connection> {
  const { hostname: host, port, username, password } = new URL(url)
  const options = { host, port: Number(port), username, password, reconnect: false }
  const connection = rhea.create_container().connect(options)
  await once(connection, "connection_open")
  return connection
}

/** Resolves when the broker has accepted the message. */
async function sendTo(connection: Connection, address: string, message: Message): Promise<void> {
  const sender = connection.open_sender(address)
  await once(sender, "sendable")
  sender.send(message)
  await once(sender, "accepted")
}

async function closed(connection: Connection): Promise<void> {
  connection.close()
  await once(connection, "connection_close")
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
        annotations: {},
        body: new Uint8Array(Buffer.from("3.2")),
        text: "3.2",
        value: undefined,
      },
    ])
    await Promise.all([connection.close(), device.endAsync()])
  })

  it("shows properties, application properties and annotations of AMQP 1.0 apart", async () => {
    const broker = await started(createBroker())
    const connection = await connectAmqp10(broker.urls.amqp)
    await sendTo(connection, "orders", {
      durable: true,
      ttl: 5000,
      message_id: 17,
      subject: "created",
      content_type: "text/plain",
      creation_time: new Date(1_700_000_000_000),
      application_properties: { tenant: "acme", urgent: true },
      message_annotations: { "x-opt-trace": ["t", 9] },
      body: rhea.message.data_section(Buffer.from("one")),
    } as unknown as Message)
    expect(await broker.inspect("orders")).toEqual([
      {
        format: "amqp10",
        exchange: "",
        routingKey: "orders",
        topic: undefined,
        properties: {
          durable: true,
          ttl: 5000,
          "message-id": 17n,
          subject: "created",
          "content-type": "text/plain",
          "creation-time": 1_700_000_000_000n,
        },
        headers: { tenant: "acme", urgent: true },
        annotations: { "x-opt-trace": ["t", 9] },
        body: new Uint8Array(Buffer.from("one")),
        text: "one",
        value: undefined,
      },
    ])
    await closed(connection)
  })

  it.each([
    ["two data sections", rhea.message.data_sections([Buffer.from("on"), Buffer.from("e")]), "one", undefined],
    ["a text", "one", "one", "one"],
    ["a number", 42, "", 42],
    ["a map", { list: [1, "two", null] }, "", { list: [1, "two", null] }],
    ["null", null, "", null],
    ["a sequence", rhea.message.sequence_section([1, "two"]), "", [[1, "two"]]],
    ["two sequences", rhea.message.sequence_sections([[1], ["two"]]), "", [[1], ["two"]]],
  ])("shows a body of AMQP 1.0 that is %s", async (_, body, text, value) => {
    const broker = await started(createBroker())
    const connection = await connectAmqp10(broker.urls.amqp)
    await sendTo(connection, "orders", { body } as Message)
    expect(await broker.inspect("orders")).toMatchObject([{ text, value }])
    await closed(connection)
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
    const connection = await connectAmqp10(broker.urls.amqp)
    const receiver = connection.open_receiver("/queues/orders")
    const received = once(receiver, "message")
    const device = await connectAsync(broker.urls.mqtt)
    await device.publishAsync("shop/orders", "one", { qos: 1 })
    const [{ message }] = (await received) as [{ readonly message: { readonly body: { readonly content: unknown } } }]
    expect(String(message.body.content)).toBe("one")
    await Promise.all([closed(connection), device.endAsync()])
  })

  it("resolves waitForIdle only when clients of all three protocols have settled", async () => {
    const broker = await started(createBroker())
    const amqp = await connectAmqp(broker.urls.amqp)
    const channel = await amqp.createChannel()
    await channel.assertQueue("taken")
    await channel.bindQueue("taken", "amq.topic", "work")
    const amqp10 = await connectAmqp10(broker.urls.amqp)
    const receiver = amqp10.open_receiver({ source: "/exchange/amq.topic/work", autoaccept: false, autosettle: false })
    await once(receiver, "receiver_open")
    const device = await connectAsync(broker.urls.mqtt)
    const delivered = new Promise<void>((resolve) => device.once("message", () => resolve()))
    let acknowledge = (): void => {}
    device.handleMessage = (_, done) => {
      acknowledge = done
    }
    await device.subscribeAsync("work", { qos: 1 })
    const taken = new Promise<ConsumeMessage>((resolve) => {
      void channel.consume("taken", (message) => message && resolve(message))
    })
    const received = once(receiver, "message") as Promise<[EventContext]>
    channel.publish("amq.topic", "work", Buffer.from("to do"), { persistent: true })
    const [message, [{ delivery }]] = await Promise.all([taken, received, delivered])
    let isIdle = false
    const idle = broker.waitForIdle().then(() => {
      isIdle = true
    })
    for (const settle of [() => channel.ack(message), () => delivery?.accept(), () => acknowledge()]) {
      // The reply comes behind everything that the broker had to do before.
      await channel.checkQueue("taken")
      expect(isIdle).toBe(false)
      settle()
    }
    await idle
    await Promise.all([amqp.close(), closed(amqp10), device.endAsync()])
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

  it("closes within a second while clients of all three protocols are busy, and leaves no handle", async () => {
    const before = handles()
    const broker = await createBroker()
    const amqp = await connectAmqp(broker.urls.amqp)
    amqp.on("error", () => {})
    const channel = await amqp.createChannel()
    const { queue } = await channel.assertQueue("", { exclusive: true })
    await channel.bindQueue(queue, "amq.topic", "busy.#")
    await channel.consume(queue, () => {}, { noAck: true })
    const amqp10 = await connectAmqp10(broker.urls.amqp)
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
