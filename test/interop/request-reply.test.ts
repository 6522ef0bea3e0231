import { createBroker, type PolyBroker } from "polymq"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import { mqtt5 } from "./clients/mqtt-js.ts"

describe.each([amqplib, amqpClient])("request and reply between MQTT 5.0 and $name", (library) => {
  let broker: PolyBroker

  beforeEach(async () => {
    broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
  })

  afterEach(async () => {
    await broker.close()
  })

  it("answers an MQTT request by x-reply-to-topic", async () => {
    const device = await mqtt5.connect(broker)
    const service = await library.connect(broker)
    const requests = await service.subscribe("rpc.price")
    const replies = await device.subscribe("replies/device-1")

    await device.publish("rpc/price", {
      qos: 1,
      responseTopic: "replies/device-1",
      correlationData: "q-1",
      body: "apples",
    })
    const request = await requests.next()
    const replyKey = request.headers?.["x-reply-to-topic"]
    expect(replyKey).toBe("replies.device-1")
    await service.publish("amq.topic", String(replyKey), {
      ...(request.correlationId === undefined ? {} : { correlationId: request.correlationId }),
      deliveryMode: 2,
      body: "3.20",
    })

    expect(await replies.next()).toEqual({
      protocol: "mqtt",
      topic: "replies/device-1",
      qos: 1,
      correlationData: "q-1",
      body: "3.20",
    })
    await Promise.all([device.close(), service.close()])
  })

  it("answers an AMQP 0.9.1 request by response topic", async () => {
    const device = await mqtt5.connect(broker)
    const client = await library.connect(broker)
    const requests = await device.subscribe("rpc/state")
    const replies = await client.subscribe("replies.client-1")

    await client.publish("amq.topic", "rpc.state", {
      correlationId: "q-2",
      deliveryMode: 2,
      headers: { "x-reply-to-topic": "replies.client-1" },
      body: "state?",
    })
    const request = await requests.next()
    expect(request.responseTopic).toBe("replies/client-1")
    await device.publish(request.responseTopic ?? "", {
      qos: 1,
      ...(request.correlationData === undefined ? {} : { correlationData: request.correlationData }),
      body: "on",
    })

    const reply = await replies.next()
    expect(reply.correlationId).toBe("q-2")
    expect(reply.body).toBe("on")
    await Promise.all([device.close(), client.close()])
  })
})
