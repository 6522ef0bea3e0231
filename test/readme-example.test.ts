import { connect } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker } from "polymq"
import { expect, it } from "vitest"

it("puts a reading of a device into the queue of the plant", async () => {
  const broker = await createBroker()
  const service = await connect(broker.urls.amqp)
  const channel = await service.createChannel()
  await channel.assertQueue("temperatures")
  await channel.bindQueue("temperatures", "amq.topic", "plant.*.temperature")

  const device = await connectAsync(broker.urls.mqtt, { protocolVersion: 5 })
  await device.publishAsync("plant/7/temperature", "21.5", { qos: 1, properties: { userProperties: { unit: "C" } } })

  await broker.waitForIdle()
  const [message] = await broker.inspect("temperatures")
  expect(message).toMatchObject({ topic: "plant/7/temperature", text: "21.5", headers: { unit: "C" } })
  await Promise.all([device.endAsync(), service.close()])
  await broker.close()
})
