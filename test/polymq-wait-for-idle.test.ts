import { once } from "node:events"
import { type ConsumeMessage, connect } from "amqplib"
import { connectAsync } from "mqtt"
import { createBroker } from "polymq"
import type { EventContext } from "rhea"
import { describe, expect, it } from "vitest"
import { closeConnection, openConnection } from "./interop/clients/rhea.ts"
import { started } from "./started-broker.ts"

describe("waitForIdle", () => {
  it("resolves only when clients of all three protocols have settled", async () => {
    const broker = await started(createBroker())
    const amqp = await connect(broker.urls.amqp)
    const channel = await amqp.createChannel()
    await channel.assertQueue("taken")
    await channel.bindQueue("taken", "amq.topic", "work")
    const amqp10 = await openConnection(broker)
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
    await Promise.all([amqp.close(), closeConnection(amqp10), device.endAsync()])
  })

  it("resolves only when what was delivered is settled", async () => {
    const broker = await started(createBroker())
    const connection = await connect(broker.urls.amqp)
    const channel = await connection.createChannel()
    await channel.assertQueue("orders")
    channel.sendToQueue("orders", Buffer.from("to be settled"))
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
})
