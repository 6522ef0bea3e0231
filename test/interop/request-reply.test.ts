import { createBroker, type PolyBroker } from "polymq"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp10Arrived, Amqp091Library } from "./clients/client.ts"
import { mqtt5 } from "./clients/mqtt-js.ts"
import { rheaClient } from "./clients/rhea.ts"

/** Where requests go, as a routing key and as a topic. */
const REQUESTS = { key: "rpc.price", topic: "rpc/price", address: "/exchanges/amq.topic/rpc.price" }
/** Where replies go that cross to or from MQTT: a queue of AMQP has no topic. */
const REPLIES = { key: "replies.17", topic: "replies/17", address: "/exchange/amq.topic/replies.17" }
const CORRELATION = "question-1"

interface Reply {
  readonly correlation: string
  readonly body: string
}

interface Party {
  readonly name: string
  /** Asks "apples?" and resolves with the reply; the reply address is a topic where one side has nothing else. */
  ask(broker: PolyBroker, replyTo: "own" | "topic"): Promise<Reply>
  /** Answers one request with "3.20". */
  serve(broker: PolyBroker): Promise<void>
}

function textOf(body: Amqp10Arrived["body"]): string {
  return "data" in body ? body.data : "value" in body ? String(body.value) : ""
}

function amqp091Party(library: Amqp091Library): Party {
  return {
    name: library.name,
    async ask(broker, replyTo) {
      const client = await library.connect(broker)
      const own = await client.replyQueue()
      const inbox = replyTo === "own" ? own.inbox : await client.subscribe(REPLIES.key)
      const address = replyTo === "own" ? { replyTo: own.name } : { headers: { "x-reply-to-topic": REPLIES.key } }
      await client.publish("amq.topic", REQUESTS.key, { ...address, correlationId: CORRELATION, body: "apples?" })
      const { correlationId = "", body } = await inbox.next()
      await client.close()
      return { correlation: correlationId, body }
    },
    async serve(broker) {
      const client = await library.connect(broker)
      const requests = await client.subscribe(REQUESTS.key)
      void requests.next().then(async ({ correlationId = "", replyTo, headers }) => {
        const reply = { correlationId, body: "3.20" }
        if (replyTo === undefined) await client.publish("amq.topic", String(headers?.["x-reply-to-topic"]), reply)
        else await client.publish("", replyTo, reply)
        await client.close()
      })
    },
  }
}

const amqp10Party: Party = {
  name: "rhea",
  async ask(broker, replyTo) {
    const client = await rheaClient.connect(broker)
    const own =
      replyTo === "own"
        ? await client.replyAddress()
        : { address: REPLIES.address, inbox: await client.subscribe(REPLIES.key) }
    const outcome = await client.publish(REQUESTS.address, {
      replyTo: own.address,
      correlationId: CORRELATION,
      body: { data: "apples?" },
    })
    expect(outcome).toBe("accepted")
    const { correlationId, body } = await own.inbox.next()
    await client.close()
    return { correlation: String(correlationId), body: textOf(body) }
  },
  async serve(broker) {
    const client = await rheaClient.connect(broker)
    const requests = await client.subscribe(REQUESTS.key)
    void requests.next().then(async ({ correlationId, replyTo = "" }) => {
      await client.publish(replyTo, { correlationId, body: { data: "3.20" } })
      await client.close()
    })
  },
}

const mqttParty: Party = {
  name: "mqtt 5.0",
  async ask(broker) {
    const client = await mqtt5.connect(broker)
    const inbox = await client.subscribe(REPLIES.topic)
    await client.publish(REQUESTS.topic, {
      qos: 1,
      responseTopic: REPLIES.topic,
      correlationData: CORRELATION,
      body: "apples?",
    })
    const { correlationData = "", body } = await inbox.next()
    await client.close()
    return { correlation: correlationData, body }
  },
  async serve(broker) {
    const client = await mqtt5.connect(broker)
    const requests = await client.subscribe(REQUESTS.topic)
    void requests.next().then(async ({ correlationData = "", responseTopic = "" }) => {
      await client.publish(responseTopic, { qos: 1, correlationData, body: "3.20" })
      await client.close()
    })
  },
}

const PARTIES = [amqp091Party(amqplib), amqp091Party(amqpClient), amqp10Party, mqttParty]
const PAIRS = PARTIES.flatMap((requester) => PARTIES.map((responder) => ({ requester, responder })))

describe("request and reply", () => {
  let broker: PolyBroker

  beforeEach(async () => {
    broker = await createBroker()
  })

  afterEach(async () => {
    await broker.close()
  })

  it.each(PAIRS)("of $requester.name is answered by $responder.name", async ({ requester, responder }) => {
    await responder.serve(broker)
    const isMqttInvolved = requester === mqttParty || responder === mqttParty
    const reply = await requester.ask(broker, isMqttInvolved ? "topic" : "own")
    expect(reply).toEqual({ correlation: CORRELATION, body: "3.20" })
  })
})
