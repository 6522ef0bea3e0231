import { type Channel, type ChannelModel, connect, type GetMessage } from "amqplib"
import { createBroker, type PolyBroker } from "polymq"
import type { Delivery, EventContext } from "rhea"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { amqplib } from "./clients/amqplib.ts"
import type {
  Amqp10Arrived,
  Amqp10Client,
  Amqp091Arrived,
  Amqp091Client,
  Inbox,
  MqttArrived,
  MqttClient,
} from "./clients/client.ts"
import { mqtt5 } from "./clients/mqtt-js.ts"
import { closeConnection, openConnection, rheaClient } from "./clients/rhea.ts"

/** Dead letters of the queue "orders" are published to `amq.topic` with this key, where everybody can see them. */
const DEAD = { "x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": "dead.orders" }

/** The time that the broker's clock shows. */
const NOW_MS = 1_795_000_000_000

let broker: PolyBroker
let connection: ChannelModel
let channel: Channel
let clients: { readonly amqp091: Amqp091Client; readonly amqp10: Amqp10Client; readonly mqtt: MqttClient }
let dead: {
  readonly amqp091: Inbox<Amqp091Arrived>
  readonly amqp10: Inbox<Amqp10Arrived>
  readonly mqtt: Inbox<MqttArrived>
}

beforeEach(async () => {
  broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } }, clock: () => NOW_MS })
  connection = await connect(broker.urls.amqp)
  channel = await connection.createChannel()
  clients = {
    amqp091: await amqplib.connect(broker),
    amqp10: await rheaClient.connect(broker),
    mqtt: await mqtt5.connect(broker),
  }
  dead = {
    amqp091: await clients.amqp091.subscribe("dead.#"),
    amqp10: await clients.amqp10.subscribe("dead.#"),
    mqtt: await clients.mqtt.subscribe("dead/#"),
  }
})

afterEach(async () => {
  await connection.close()
  await Promise.all([clients.amqp091.close(), clients.amqp10.close(), clients.mqtt.close()])
  await broker.close()
})

/** Declares "orders" and leads what is published with the key orders.new there. */
async function declareOrders(queueArguments: object = {}): Promise<void> {
  await channel.assertQueue("orders", { durable: true, arguments: { ...DEAD, ...queueArguments } })
  await channel.bindQueue("orders", "amq.topic", "orders.new")
}

/** The next message of "orders". */
async function fetched(): Promise<GetMessage> {
  const message = await channel.get("orders")
  if (message === false) throw new Error("no message in orders")
  return message
}

/** Receives one message from "orders" with rhea and answers with an outcome. */
async function settleWithRhea(settle: (delivery: Delivery) => void): Promise<void> {
  const connection = await openConnection(broker)
  const receiver = connection.open_receiver({ source: "/queues/orders", autoaccept: false })
  await new Promise<void>((resolve) =>
    receiver.once("message", ({ delivery }: EventContext) => {
      if (delivery !== undefined) settle(delivery)
      resolve()
    }),
  )
  await closeConnection(connection)
}

/** What the six short entries say. */
function summary(reason: string, exchange = "amq.topic") {
  return {
    "x-first-death-queue": "orders",
    "x-first-death-reason": reason,
    "x-first-death-exchange": exchange,
    "x-last-death-queue": "orders",
    "x-last-death-reason": reason,
    "x-last-death-exchange": exchange,
  }
}

describe("a message that amqplib published and a consumer rejects", () => {
  beforeEach(async () => {
    await declareOrders()
    await clients.amqp091.publish("amq.topic", "orders.new", {
      deliveryMode: 2,
      expiration: "60000",
      headers: { CC: ["copies"], shop: "north" },
      body: "order 17",
    })
  })

  it.each([
    ["amqplib, by nack", async () => channel.nack(await fetched(), false, false)],
    ["amqplib, by reject", async () => channel.reject(await fetched(), false)],
    ["rhea, by the outcome rejected", () => settleWithRhea((delivery) => delivery.reject())],
    [
      "rhea, by the outcome modified with undeliverable-here",
      () => settleWithRhea((delivery) => delivery.modified({ delivery_failed: true, undeliverable_here: true })),
    ],
  ])("reaches clients of every protocol with its history: %s", async (_, reject) => {
    await reject()
    const amqp091 = await dead.amqp091.next()
    expect(amqp091).toMatchObject({
      exchange: "amq.topic",
      routingKey: "dead.orders",
      redelivered: true,
      deliveryMode: 2,
      body: "order 17",
    })
    expect(amqp091.expiration).toBeUndefined()
    expect(amqp091.headers).toEqual({
      CC: ["copies"],
      shop: "north",
      ...summary("rejected"),
      "x-death": [
        {
          "original-expiration": "60000",
          count: 1,
          reason: "rejected",
          queue: "orders",
          time: { "!": "timestamp", value: NOW_MS / 1000 },
          exchange: "amq.topic",
          "routing-keys": ["orders.new", "copies"],
        },
      ],
    })

    const amqp10 = await dead.amqp10.next()
    expect(amqp10).toMatchObject({
      durable: true,
      body: { data: "order 17" },
      applicationProperties: { shop: "north" },
    })
    expect(amqp10.ttl).toBeUndefined()
    expect(amqp10.messageAnnotations).toEqual({
      ...summary("rejected"),
      "x-opt-deaths": [
        {
          ttl: 60_000,
          queue: "orders",
          reason: "rejected",
          count: 1,
          "first-time": new Date(NOW_MS),
          "last-time": new Date(NOW_MS),
          exchange: "amq.topic",
          "routing-keys": ["orders.new", "copies"],
        },
      ],
      "x-cc": ["copies"],
    })

    expect(await dead.mqtt.next()).toEqual({
      protocol: "mqtt",
      topic: "dead/orders",
      qos: 1,
      userProperties: { shop: "north" },
      body: "order 17",
    })
    expect(await channel.get("orders")).toBe(false)
  })
})

describe.each([
  ["amqplib", () => clients.amqp091.publish("amq.topic", "orders.new", { deliveryMode: 2, body: "m" })],
  ["rhea", () => clients.amqp10.publish("/exchanges/amq.topic/orders.new", { durable: true, body: { data: "m" } })],
  ["mqtt", () => clients.mqtt.publish("orders/new", { qos: 1, body: "m" })],
])("a message that %s published", (_, publish) => {
  it.each([
    ["expired", { "x-message-ttl": 0 }],
    ["maxlen", { "x-max-length": 0 }],
  ])("reaches clients of every protocol when it is dead: %s", async (reason, queueArguments) => {
    await declareOrders(queueArguments)
    await publish()
    const [amqp091, amqp10, mqtt] = await Promise.all([dead.amqp091.next(), dead.amqp10.next(), dead.mqtt.next()])
    expect(amqp091).toMatchObject({ routingKey: "dead.orders", redelivered: false, body: "m" })
    expect(amqp091.headers).toMatchObject(summary(reason))
    expect(amqp10).toMatchObject({ messageAnnotations: summary(reason), body: { data: "m" } })
    expect(mqtt).toEqual({ protocol: "mqtt", topic: "dead/orders", qos: 1, body: "m" })
  })
})

describe("a queue that waits before messages are tried again", () => {
  it("counts the rounds that amqplib's consumer sends them", async () => {
    const retry = (queue: string, more = {}) =>
      channel.assertQueue(queue, { arguments: { "x-dead-letter-exchange": "", ...more } })
    await retry("work", { "x-dead-letter-routing-key": "wait" })
    await retry("wait", { "x-dead-letter-routing-key": "work", "x-message-ttl": 0 })
    const rounds: unknown[] = []
    const done = new Promise<void>((resolve) => {
      void channel.consume("work", (message) => {
        if (message === null) return
        const deaths = message.properties.headers?.["x-death"]
        rounds.push(deaths?.map(({ queue, reason, count }) => `${queue} ${reason} ${count}`))
        if (rounds.length < 4) channel.nack(message, false, false)
        else resolve()
      })
    })
    channel.sendToQueue("work", Buffer.from("m"))
    await done
    expect(rounds).toEqual([
      undefined,
      ["wait expired 1", "work rejected 1"],
      ["wait expired 2", "work rejected 2"],
      ["wait expired 3", "work rejected 3"],
    ])
  })
})
