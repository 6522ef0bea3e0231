import { createBroker, type PolyBroker } from "polymq"
import rhea from "rhea"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type {
  Amqp10Arrived,
  Amqp10Client,
  Amqp10Outgoing,
  Inbox,
  MqttArrived,
  MqttClient,
  MqttOutgoing,
} from "./clients/client.ts"
import { mqtt5, mqtt311 } from "./clients/mqtt-js.ts"
import { rheaClient } from "./clients/rhea.ts"

describe.each([mqtt5, mqtt311])("MQTT by $name and AMQP 1.0 by rhea", (library) => {
  let broker: PolyBroker
  let device: MqttClient
  let service: Amqp10Client
  let deviceInbox: Inbox<MqttArrived>
  let serviceInbox: Inbox<Amqp10Arrived>

  beforeAll(async () => {
    broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
    device = await library.connect(broker)
    service = await rheaClient.connect(broker)
    deviceInbox = await device.subscribe("to-device/#")
    serviceInbox = await service.subscribe("to-service.#")
  })

  afterAll(async () => {
    await device.close()
    await service.close()
    await broker.close()
  })

  async function fromDevice(message: MqttOutgoing): Promise<Amqp10Arrived> {
    await device.publish("to-service/17", message)
    return serviceInbox.next()
  }

  async function fromService(message: Amqp10Outgoing): Promise<MqttArrived> {
    expect(await service.publish("/exchanges/amq.topic/to-device.17", message)).toBe("accepted")
    return deviceInbox.next()
  }

  it("converts every field of the table from MQTT", async () => {
    const message = await fromDevice({
      qos: 1,
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      responseTopic: "replies/17",
      correlationData: "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
      userProperties: { zeta: "1", "x-alpha": "blå", twice: ["first", "second"] },
      contentType: "application/json",
      body: "payload",
    })
    if (library.version === 4) {
      expect(message).toEqual({ protocol: "amqp10", durable: true, body: { data: "payload" } })
      return
    }
    const { ttl, ...rest } = message
    expect(ttl).toBeGreaterThan(55_000)
    expect(ttl).toBeLessThanOrEqual(60_000)
    expect(rest).toEqual({
      protocol: "amqp10",
      durable: true,
      replyTo: "/exchange/amq.topic/replies.17",
      correlationId: Buffer.from("550e8400e29b41d4a716446655440000", "hex"),
      contentType: "application/json",
      applicationProperties: { zeta: "1", twice: "first" },
      messageAnnotations: { "x-alpha": "blå" },
      body: { value: "payload" },
    })
  })

  it("makes quality of service 0 not durable, and a payload without indicator a data section", async () => {
    expect(await fromDevice({ qos: 0, body: "plain" })).toEqual({ protocol: "amqp10", body: { data: "plain" } })
  })

  it("converts every field of the table to MQTT", async () => {
    const message = await fromService({
      durable: true,
      messageId: "m-1",
      userId: "guest",
      subject: "lost",
      replyTo: "/exchange/amq.topic/replies.17",
      correlationId: "order-17",
      contentType: "application/json",
      contentEncoding: "gzip",
      creationTimeMs: 1_700_000_000_000,
      groupId: "shop",
      applicationProperties: {
        text: "blå",
        yes: true,
        integer: rhea.types.wrap_int(-42),
        fraction: 1.5,
        nothing: null,
      },
      messageAnnotations: { "x-trace": "t-1", other: "lost" },
      body: { data: "payload" },
    })
    const place = { protocol: "mqtt", topic: "to-device/17", qos: 1, body: "payload" }
    if (library.version === 4) {
      expect(message).toEqual(place)
      return
    }
    expect(message).toEqual({
      ...place,
      responseTopic: "replies/17",
      correlationData: "order-17",
      contentType: "application/json",
      userProperties: { "x-trace": "t-1", text: "blå", yes: "true", integer: "-42", fraction: "1.5", nothing: "" },
    })
  })

  it("makes identifiers of every type correlation data, and addresses of both generations response topics", async () => {
    const uuid = rhea.types.wrap_uuid(Buffer.from("550e8400e29b41d4a716446655440000", "hex"))
    const sent = [
      { correlationId: uuid, replyTo: "/exchanges/amq.topic/replies%2E17" },
      { correlationId: rhea.types.wrap_ulong(42), replyTo: "/queues/replies" },
      { correlationId: Buffer.from("b-1"), replyTo: "/exchange/amq.topic/replies.18" },
    ]
    const got = []
    for (const message of sent) {
      const { correlationData, responseTopic } = await fromService({ ...message, body: { data: "" } })
      got.push([correlationData, responseTopic])
    }
    const is5 = library.version === 5
    expect(got).toEqual([
      is5 ? ["urn:uuid:550e8400-e29b-41d4-a716-446655440000", "replies/17"] : [undefined, undefined],
      is5 ? ["42", undefined] : [undefined, undefined],
      is5 ? ["b-1", "replies/18"] : [undefined, undefined],
    ])
  })

  it("unwraps a value that is a string and marks it as text", async () => {
    const message = await fromService({ body: { value: "text" } })
    expect(message.body).toBe("text")
    expect(message.qos).toBe(0)
    if (library.version === 5) expect(message.payloadFormatIndicator).toBe(true)
  })

  it("sends any other value in AMQP 1.0's own encoding", async () => {
    const message = await fromService({ contentType: "text/plain", body: { value: rhea.types.wrap_ubyte(7) } })
    expect(message.body).toBe("\0SwP\x07")
    if (library.version === 5) expect(message.contentType).toBe("message/vnd.rabbitmq.amqp")
  })
})
