// The client libraries, as their own documentation uses them. Each `connect` gives publish(message) and the
// next message that arrives; `RICH_…` is a message with every property that the library can set.
import { once } from "node:events"
import { AMQPClient } from "@cloudamqp/amqp-client"
import { connect as connectAmqplib } from "amqplib"
import { connectAsync } from "mqtt"
import rhea from "rhea"

const KEY = "demo.orders"
const TOPIC = "demo/orders"

const RICH_AMQP = {
  contentType: "application/json",
  contentEncoding: "identity",
  deliveryMode: 2,
  priority: 5,
  correlationId: "order-17",
  expiration: "60000",
  messageId: "m-1",
  timestamp: 1_700_000_000,
  type: "order.created",
  appId: "shop",
  headers: { tenant: "acme", urgent: true, attempt: 3, "x-reply-to-topic": "replies.shop" },
}

const RICH_MQTT = {
  payloadFormatIndicator: true,
  messageExpiryInterval: 60,
  responseTopic: "replies/shop",
  correlationData: Buffer.from("order-17"),
  contentType: "application/json",
  userProperties: { tenant: "acme", tag: ["first", "second"] },
}

const RICH_AMQP10 = {
  durable: true,
  priority: 5,
  ttl: 60_000,
  message_id: "m-1",
  user_id: Buffer.from("guest"),
  to: "orders",
  subject: "order.created",
  reply_to: "/exchange/amq.topic/replies.shop",
  correlation_id: "order-17",
  content_type: "application/json",
  content_encoding: "identity",
  creation_time: new Date(1_700_000_000_000),
  group_id: "batch-3",
  application_properties: { tenant: "acme", urgent: true, attempt: 3 },
  message_annotations: { "x-opt-trace": "t-9" },
}

/** Messages that have arrived, and who waits for one. */
function inbox() {
  const messages = []
  const waiting = []
  return {
    put: (message) => (waiting.shift() ?? ((waited) => messages.push(waited)))(message),
    next: () => (messages.length > 0 ? messages.shift() : new Promise((resolve) => waiting.push(resolve))),
  }
}

const amqplib = {
  name: "amqplib (AMQP 0.9.1)",
  async connect({ amqp }) {
    const arrived = inbox()
    const connection = await connectAmqplib(amqp)
    const channel = await connection.createConfirmChannel()
    const { queue } = await channel.assertQueue("", { exclusive: true })
    await channel.bindQueue(queue, "amq.topic", "demo.#")
    await channel.consume(
      queue,
      ({ properties, fields: { routingKey }, content }) => arrived.put({ routingKey, ...properties, body: content }),
      { noAck: true },
    )
    return {
      sent: { routingKey: KEY, ...RICH_AMQP },
      next: arrived.next,
      async publish(body) {
        channel.publish("amq.topic", KEY, Buffer.from(body), RICH_AMQP)
        await channel.waitForConfirms()
      },
      close: () => connection.close(),
    }
  },
}

const amqpClient = {
  name: "amqp-client (AMQP 0.9.1)",
  async connect({ amqp }) {
    const arrived = inbox()
    const connection = await new AMQPClient(amqp).connect()
    const channel = await connection.channel()
    await channel.confirmSelect()
    const { name } = await channel.queueDeclare("", { exclusive: true })
    await channel.queueBind(name, "amq.topic", "demo.#")
    await channel.basicConsume(name, { noAck: true }, ({ routingKey, properties, body }) =>
      arrived.put({ routingKey, ...properties, body: Buffer.from(body) }),
    )
    const properties = { ...RICH_AMQP, timestamp: new Date(RICH_AMQP.timestamp * 1000) }
    return {
      sent: { routingKey: KEY, ...properties },
      next: arrived.next,
      publish: (body) => channel.basicPublish("amq.topic", KEY, body, properties),
      close: () => connection.close(),
    }
  },
}

const mqttClient = (name, protocolVersion, properties) => ({
  name,
  async connect({ mqtt: url }) {
    const arrived = inbox()
    const client = await connectAsync(url, { protocolVersion, reconnectPeriod: 0 })
    client.on("message", (topic, body, packet) => arrived.put({ topic, qos: packet.qos, ...packet.properties, body }))
    await client.subscribeAsync("demo/#", { qos: 1 })
    return {
      sent: { topic: TOPIC, qos: 1, ...properties },
      next: arrived.next,
      publish: (body) => client.publishAsync(TOPIC, body, { qos: 1, properties }),
      close: () => client.endAsync(),
    }
  },
})

const rheaClient = {
  name: "rhea (AMQP 1.0)",
  async connect({ amqp }) {
    const arrived = inbox()
    const { hostname: host, port, username, password } = new URL(amqp)
    const connection = rhea.create_container().connect({ host, port: Number(port), username, password })
    connection.open_receiver("/exchange/amq.topic/demo.#").on("message", ({ message }) => {
      const { body, ...properties } = message
      arrived.put({ ...properties, body: body?.content ?? body })
    })
    await once(connection, "receiver_open")
    const sender = connection.open_sender(`/exchanges/amq.topic/${KEY}`)
    await once(sender, "sendable")
    return {
      sent: RICH_AMQP10,
      next: arrived.next,
      async publish(body) {
        sender.send({ ...RICH_AMQP10, body: rhea.message.data_section(Buffer.from(body)) })
        await once(sender, "accepted")
      },
      async close() {
        connection.close()
        await once(connection, "connection_close")
      },
    }
  },
}

export const LIBRARIES = [
  amqplib,
  amqpClient,
  mqttClient("mqtt (MQTT 3.1.1)", 4),
  mqttClient("mqtt (MQTT 5.0)", 5, RICH_MQTT),
  rheaClient,
]
