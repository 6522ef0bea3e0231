import { type ChannelModel, connect } from "amqplib"
import { connectAsync, type ErrorWithReasonCode } from "mqtt"
import { createBroker, type PolyBroker } from "polymq"
import rhea, { type Connection, type EventContext, type Source } from "rhea"
import { afterEach, describe, expect, it } from "vitest"
import { amqplib } from "./clients/amqplib.ts"
import { mqtt5 } from "./clients/mqtt-js.ts"
import { event, rheaClient } from "./clients/rhea.ts"
import { managementClient } from "./clients/rhea-management.ts"

const ALL = { configure: ".*", write: ".*", read: ".*" }

/** A user besides guest, and what a test adds. */
function definitions(more: object = {}, limits: object = {}): object {
  return {
    users: [{ name: "tina", password: "tina", tags: "", limits }],
    permissions: [{ user: "tina", vhost: "/", ...ALL }],
    ...more,
  }
}

/** What is open, to be closed after the test. */
const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function started(given: object): Promise<PolyBroker> {
  const broker = await createBroker({ definitions: given })
  open.push(() => broker.close())
  return broker
}

async function connectAmqplib({ urls }: PolyBroker): Promise<ChannelModel> {
  const connection = await connect(urls.amqp.replace("guest:guest", "tina:tina"))
  connection.on("error", () => {})
  open.push(() => connection.close().catch(() => {}))
  return connection
}

async function connectRhea({ urls }: PolyBroker): Promise<Connection> {
  const { hostname: host, port } = new URL(urls.amqp)
  const account = { username: "tina", password: "tina" }
  const connection = rhea.create_container().connect({ host, port: Number(port), ...account, reconnect: false })
  open.push(() => connection.close())
  await event(connection, "connection_open")
  return connection
}

async function connectMqtt({ urls }: PolyBroker, protocolVersion: 4 | 5 = 5) {
  const account = { username: "tina", password: "tina", clientId: "sensor" }
  const client = await connectAsync(urls.mqtt, { protocolVersion, reconnectPeriod: 0, ...account }, false)
  client.on("error", () => {})
  open.push(() => client.endAsync(true))
  return client
}

/** The words of whatever an operation fails with. */
async function failureOf(operation: Promise<unknown>): Promise<string> {
  return operation.then(
    () => "no failure",
    (error: Error) => error.message,
  )
}

function reasonCodeOf(operation: Promise<unknown>): Promise<number | undefined> {
  return operation.then(
    () => undefined,
    (error: ErrorWithReasonCode) => error.code,
  )
}

describe("a policy", () => {
  const POLICIES = {
    policies: [
      {
        name: "short",
        pattern: "^orders$",
        "apply-to": "queues",
        priority: 1,
        definition: { "max-length": 1, "dead-letter-exchange": "amq.topic", "dead-letter-routing-key": "dead.orders" },
      },
      { name: "desk", pattern: "^desk$", definition: { "max-length": 5, overflow: "reject-publish" } },
    ],
    parameters: [
      {
        component: "operator_policy",
        name: "small",
        vhost: "/",
        value: { pattern: ".*", definition: { "max-length": 2 } },
      },
    ],
    queues: [{ name: "orders" }, { name: "desk" }],
    bindings: [
      { source: "amq.topic", destination: "orders", destination_type: "queue", routing_key: "orders" },
      { source: "amq.topic", destination: "desk", destination_type: "queue", routing_key: "desk" },
    ],
  }

  it("sends what a full queue drops to clients of every protocol", async () => {
    const broker = await started(definitions(POLICIES))
    const [amqp091, amqp10, mqtt] = await Promise.all([
      amqplib.connect(broker),
      rheaClient.connect(broker),
      mqtt5.connect(broker),
    ])
    open.push(() => Promise.all([amqp091.close(), amqp10.close(), mqtt.close()]))
    const dead = await Promise.all([amqp091.subscribe("dead.#"), amqp10.subscribe("dead.#"), mqtt.subscribe("dead/#")])
    await amqp091.publish("amq.topic", "orders", { body: "by amqplib" })
    await amqp10.publish("/exchanges/amq.topic/orders", { body: { data: "by rhea" } })
    await mqtt.publish("orders", { qos: 1, body: "by mqtt" })
    const texts = await Promise.all(dead.map(async (inbox) => [await inbox.next(), await inbox.next()]))
    expect(texts.map((arrived) => arrived.map(({ body }) => body))).toEqual([
      ["by amqplib", "by rhea"],
      [{ data: "by amqplib" }, { data: "by rhea" }],
      ["by amqplib", "by rhea"],
    ])
    expect((await broker.inspect("orders")).map(({ text }) => text)).toEqual(["by mqtt"])
  })

  it("lets a full queue refuse, under the operator's lower limit, and every publisher hears of it", async () => {
    const broker = await started(definitions(POLICIES))
    const [channel, amqp10, mqtt] = [
      await (await connectAmqplib(broker)).createConfirmChannel(),
      await rheaClient.connect(broker),
      await connectMqtt(broker),
    ]
    open.push(() => amqp10.close())
    const publish = async (body: string) => {
      channel.publish("amq.topic", "desk", Buffer.from(body))
      return failureOf(channel.waitForConfirms())
    }
    expect([await publish("1"), await publish("2"), await publish("3")]).toEqual([
      "no failure",
      "no failure",
      "message nacked",
    ])
    expect(await amqp10.publish("/exchanges/amq.topic/desk", { body: { data: "4" } })).toBe("rejected")
    expect(await reasonCodeOf(mqtt.publishAsync("desk", "5", { qos: 1 }))).toBe(0x97)
    expect((await broker.inspect("desk")).map(({ text }) => text)).toEqual(["1", "2"])
  })
})

describe("a topic permission", () => {
  const PERMISSION = {
    topic_permissions: [
      { user: "tina", vhost: "/", exchange: "amq.topic", write: "^{username}[.]", read: "^({client_id}|news)[.]" },
    ],
  }
  const WORDS = (right: string, key: string) =>
    `${right} access to topic '${key}' in exchange 'amq.topic' in vhost '/' refused for user 'tina'`

  it("ends the channel of AMQP 0.9.1 clients that publish or bind what it does not allow", async () => {
    const connection = await connectAmqplib(await started(definitions(PERMISSION)))
    const publishing = await connection.createConfirmChannel()
    const closing = new Promise<Error>((resolve) => publishing.once("error", resolve))
    publishing.publish("amq.topic", "tina.a", Buffer.from("1"))
    await publishing.waitForConfirms()
    publishing.publish("amq.topic", "otto.a", Buffer.from("2"))
    expect((await closing).message).toContain(
      `403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - ${WORDS("write", "otto.a")}"`,
    )
    const binding = await connection.createChannel()
    binding.on("error", () => {})
    const { queue } = await binding.assertQueue("", { exclusive: true })
    await binding.bindQueue(queue, "amq.topic", "news.*")
    expect(await failureOf(binding.bindQueue(queue, "amq.topic", "#"))).toContain(WORDS("read", "#"))
  })

  it("ends the link of AMQP 1.0 clients that publish or subscribe what it does not allow", async () => {
    const connection = await connectRhea(await started(definitions(PERMISSION)))
    const sender = connection.open_sender("/exchanges/amq.topic/otto.a")
    await event(sender, "sendable")
    sender.send({ body: "1" })
    const { sender: failed } = await event(sender, "sender_error")
    expect(failed?.error).toMatchObject({
      condition: "amqp:unauthorized-access",
      description: WORDS("write", "otto.a"),
    })
    const receiver = connection.open_receiver("/exchange/amq.topic/#")
    const { receiver: refused } = await event(receiver, "receiver_error")
    expect(refused?.error).toMatchObject({ condition: "amqp:unauthorized-access", description: WORDS("read", "#") })
    const allowed = connection.open_sender("/exchanges/amq.topic/tina.a")
    await event(allowed, "sendable")
    allowed.send({ body: "2" })
    await event(allowed, "released")
  })

  it("is told MQTT 5.0 clients by reason codes", async () => {
    const client = await connectMqtt(await started(definitions(PERMISSION)))
    expect(await reasonCodeOf(client.publishAsync("tina/a", "1", { qos: 1 }))).toBeUndefined()
    expect(await reasonCodeOf(client.publishAsync("otto/a", "2", { qos: 1 }))).toBe(0x87)
    const codes: number[] = []
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "suback") codes.push(...(packet.granted as number[]))
    })
    await failureOf(client.subscribeAsync(["sensor/+", "news/#", "+/+"], { qos: 1 }))
    expect(codes).toEqual([1, 1, 0x87])
    const told = new Promise((resolve) => client.once("disconnect", ({ reasonCode }) => resolve(reasonCode)))
    client.publish("otto/a", "3", { qos: 0 })
    expect(await told).toBe(0x87)
  })

  it("ends the connection of MQTT 3.1.1 clients that publish what it does not allow", async () => {
    const client = await connectMqtt(await started(definitions(PERMISSION)), 4)
    const closed = new Promise((resolve) => client.once("close", () => resolve("closed")))
    client.publish("otto/a", "1", { qos: 1 })
    expect(await closed).toBe("closed")
  })
})

describe("a limit", () => {
  const refusals = async (broker: PolyBroker) => {
    const { hostname: host, port } = new URL(broker.urls.amqp)
    const account = { username: "tina", password: "tina" }
    const connection = rhea.create_container().connect({ host, port: Number(port), ...account, reconnect: false })
    const { connection: closed } = (await event(connection, "connection_error")) as EventContext
    return {
      amqp091: await failureOf(connect(broker.urls.amqp.replace("guest:guest", "tina:tina"))),
      amqp10: closed.error,
      mqtt311: await reasonCodeOf(connectMqtt(broker, 4)),
      mqtt5: await reasonCodeOf(connectMqtt(broker, 5)),
    }
  }

  it("of the vhost's connections refuses the next one of every protocol", async () => {
    const broker = await started(definitions({ vhosts: [{ name: "/", limits: { "max-connections": 1 } }] }))
    await connectMqtt(broker)
    expect(await refusals(broker)).toMatchObject({
      amqp091: "Expected ConnectionOpenOk; got <ConnectionClose channel:0>",
      amqp10: {
        condition: "amqp:resource-limit-exceeded",
        description: "access to vhost '/' refused for user 'tina': connection limit (1) is reached",
      },
      mqtt311: 5,
      mqtt5: 0x97,
    })
  })

  it("of a user's connections refuses the next one of every protocol, until one ends", async () => {
    const broker = await started(definitions({}, { "max-connections": 1 }))
    const client = await connectMqtt(broker)
    expect(await refusals(broker)).toMatchObject({
      amqp091: "Expected ConnectionOpenOk; got <ConnectionClose channel:0>",
      amqp10: {
        condition: "amqp:resource-limit-exceeded",
        description: "connection refused for user 'tina': user connection limit (1) is reached",
      },
      mqtt311: 5,
      mqtt5: 0x97,
    })
    await client.endAsync()
    await connectAmqplib(broker)
  })

  it("of a user's channels ends the connection that opens one more", async () => {
    const connection = await connectAmqplib(await started(definitions({}, { "max-channels": 1 })))
    const first = await connection.createChannel()
    first.on("error", () => {})
    await first.close()
    const second = await connection.createChannel()
    second.on("error", () => {})
    const ending = new Promise<Error>((resolve) => connection.once("error", resolve))
    await failureOf(connection.createChannel())
    expect((await ending).message).toContain(
      "530 (NOT-ALLOWED) with message \"NOT_ALLOWED - number of channels opened for user 'tina' has reached the maximum allowed user limit of 1\"",
    )
  })

  it("of the vhost's queues refuses one more to AMQP clients", async () => {
    const broker = await started(definitions({ vhosts: [{ name: "/", limits: { "max-queues": 1 } }] }))
    const channel = await (await connectAmqplib(broker)).createChannel()
    channel.on("error", () => {})
    await channel.assertQueue("one")
    const words = (name: string) => `cannot declare queue '${name}': queue limit in vhost '/' (1) is reached`
    expect(await failureOf(channel.assertQueue("two"))).toContain(
      `406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - ${words("two")}"`,
    )
    const management = await managementClient(broker)
    open.push(() => management.close())
    expect(await management.ask("PUT", "/queues/two", {})).toEqual({ status: "403", body: words("two") })
    const receiver = management.connection.open_receiver({ source: { dynamic: true } as Source })
    const { receiver: refused } = await event(receiver, "receiver_error")
    expect(refused?.error).toMatchObject({ condition: "amqp:resource-limit-exceeded" })
  })
})

describe("a default queue type", () => {
  it.each<[string, object, "classic" | "quorum"]>([
    ["the vhost", { vhosts: [{ name: "/", default_queue_type: "quorum" }] }, "classic"],
    ["the broker", {}, "quorum"],
  ])("of %s is what durable queues of AMQP clients are of, unless they say otherwise", async (_, more, type) => {
    const broker = await createBroker({ definitions: definitions(more), defaultQueueType: type })
    open.push(() => broker.close())
    const management = await managementClient(broker)
    open.push(() => management.close())
    const typeOf = async (name: string) =>
      ((await management.ask("GET", `/queues/${name}`)).body as { type: string }).type
    const channel = await (await connectAmqplib(broker)).createChannel()
    await channel.assertQueue("durable")
    await channel.assertQueue("transient", { durable: false })
    await channel.assertQueue("classic", { arguments: { "x-queue-type": "classic" } })
    await management.ask("PUT", "/queues/managed", {})
    expect(await Promise.all(["durable", "transient", "classic", "managed"].map(typeOf))).toEqual([
      "quorum",
      "classic",
      "classic",
      "quorum",
    ])
  })
})
