import { once } from "node:events"
import { connect } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker } from "polymq"
import rhea, { type Connection, type Message } from "rhea"
import { describe, expect, it } from "vitest"
import { closeConnection, openConnection } from "./interop/clients/rhea.ts"
import { started } from "./started-broker.ts"

/** Resolves when the broker has accepted the message. */
async function sendTo(connection: Connection, address: string, message: Message): Promise<void> {
  const sender = connection.open_sender(address)
  await once(sender, "sendable")
  sender.send(message)
  await once(sender, "accepted")
}

describe("inspect", () => {
  it("shows the messages of a queue and leaves them there", async () => {
    const broker = await started(createBroker())
    const connection = await connect(broker.urls.amqp)
    const channel = await connection.createConfirmChannel()
    await channel.assertQueue("orders")
    for (const body of ["first", "second"]) {
      channel.sendToQueue("orders", Buffer.from(body), { contentType: "text/plain" })
    }
    await channel.waitForConfirms()
    await connection.close()
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
    const connection = await connect(broker.urls.amqp)
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
    const connection = await openConnection(broker)
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
    await closeConnection(connection)
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
    const connection = await openConnection(broker)
    await sendTo(connection, "orders", { body } as Message)
    expect(await broker.inspect("orders")).toMatchObject([{ text, value }])
    await closeConnection(connection)
  })
})
