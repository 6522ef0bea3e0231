import { createBroker, type PolyBroker } from "polymq"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { amqplib } from "./clients/amqplib.ts"
import { rheaClient } from "./clients/rhea.ts"
import { type ManagementClient, managementClient } from "./clients/rhea-management.ts"

describe("the management node, asked by rhea", () => {
  let broker: PolyBroker
  let management: ManagementClient

  beforeEach(async () => {
    broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
    management = await managementClient(broker)
  })

  afterEach(async () => {
    await management.close()
    await broker.close()
  })

  it("is offered, with the name and the version that clients of RabbitMQ ask for", () => {
    const { offered_capabilities, properties } = management.connection["remote"].open
    expect(offered_capabilities).toEqual(["LINK_PAIR_V1_0", "ANONYMOUS-RELAY"])
    expect(properties).toMatchObject({ product: "RabbitMQ", version: "4.2.0" })
  })

  it("declares what clients of both versions of AMQP then publish through", async () => {
    expect((await management.ask("PUT", "/queues/in%20box", {})).status).toBe("201")
    expect((await management.ask("PUT", "/exchanges/news", { type: "topic" })).status).toBe("204")
    const binding = { source: "news", destination_queue: "in box", binding_key: "a.*", arguments: {} }
    expect((await management.ask("POST", "/bindings", binding)).status).toBe("204")

    const older = await amqplib.connect(broker)
    await older.publish("news", "a.b", { body: "from AMQP 0.9.1" })
    await older.close()
    const newer = await rheaClient.connect(broker)
    expect(await newer.publish("/exchanges/news/a.c", { body: { data: "from AMQP 1.0" } })).toBe("accepted")
    expect((await management.ask("GET", "/queues/in%20box")).body).toMatchObject({ message_count: 2, durable: true })

    const location = "/bindings/src=news;dstq=in%20box;key=a.%2A;args="
    expect((await management.ask("GET", "/bindings?src=news&dstq=in%20box&key=a.*")).body).toEqual([
      { ...binding, location },
    ])
    expect((await management.ask("DELETE", location)).status).toBe("204")
    expect(await newer.publish("/exchanges/news/a.d", { body: { data: "to nobody" } })).toBe("released")
    await newer.close()

    expect(await management.ask("DELETE", "/queues/in%20box/messages")).toEqual({
      status: "200",
      body: { message_count: 2 },
    })
    expect(await management.ask("DELETE", "/queues/in%20box")).toEqual({ status: "200", body: { message_count: 0 } })
    expect(await management.ask("GET", "/queues/in%20box")).toEqual({
      status: "404",
      body: "queue 'in box' in vhost '/' not found",
    })
  })

  it("answers many requests sent at once, in their order", async () => {
    const names = Array.from({ length: 100 }, (_, number) => `q${number}`)
    const answers = await Promise.all(names.map((name) => management.ask("PUT", `/queues/${name}`, {})))
    expect(answers.map(({ body }) => (body as { readonly name: string }).name)).toEqual(names)
  })
})
