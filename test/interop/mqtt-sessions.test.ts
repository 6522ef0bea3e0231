import { type MqttClient as Client, connectAsync, type IClientOptions } from "mqtt"
import { createBroker, type PolyBroker } from "polymq"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { amqplib } from "./clients/amqplib.ts"

type Version = 4 | 5
const VERSIONS: readonly Version[] = [4, 5]
const PAIRS = VERSIONS.flatMap((from) => VERSIONS.map((to) => ({ from, to })))

/** Gathers payloads of one or several clients, and says when there are enough. */
class Gathered {
  readonly all: string[] = []
  #wanted = Number.POSITIVE_INFINITY
  #enough: () => void = () => {}

  listen(client: Client, seen: (payload: string, qos: number) => void = () => {}): void {
    client.on("message", (_topic, payload, { qos }) => {
      seen(payload.toString(), qos)
      this.all.push(payload.toString())
      if (this.all.length === this.#wanted) this.#enough()
    })
  }

  async until(count: number): Promise<readonly string[]> {
    this.#wanted = count
    if (this.all.length < count)
      await new Promise<void>((resolve) => {
        this.#enough = resolve
      })
    return this.all
  }
}

const numbers = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `${index}`)
const sorted = (texts: readonly string[]): readonly string[] =>
  texts.toSorted((one, other) => Number(one) - Number(other))

describe("mqtt.js", () => {
  let broker: PolyBroker
  const clients: Client[] = []

  beforeAll(async () => {
    broker = await createBroker()
  })

  afterAll(async () => {
    await Promise.all(clients.map((client) => client.endAsync(true)))
    await broker.close()
  })

  async function connected(protocolVersion: Version, options: IClientOptions = {}): Promise<Client> {
    const client = await connectAsync(broker.urls.mqtt, { protocolVersion, reconnectPeriod: 0, ...options })
    clients.push(client)
    return client
  }

  /** A client that comes back to its session as soon as its connection breaks. */
  function faithful(protocolVersion: Version, clientId: string): Promise<Client> {
    const properties = protocolVersion === 5 ? { properties: { sessionExpiryInterval: 100 } } : {}
    return connected(protocolVersion, { clientId, clean: false, reconnectPeriod: 1, resubscribe: false, ...properties })
  }

  it.each(PAIRS)("of version $from publishes with QoS 2 to version $to, once and in order", async ({ from, to }) => {
    const [sender, receiver] = await Promise.all([connected(from), connected(to)])
    const gathered = new Gathered()
    const levels = new Set<number>()
    gathered.listen(receiver, (_payload, qos) => levels.add(qos))
    await receiver.subscribeAsync(`plain/${from}/${to}`, { qos: 2 })
    await Promise.all(numbers(500).map((text) => sender.publishAsync(`plain/${from}/${to}`, text, { qos: 2 })))
    expect([await gathered.until(500), [...levels]]).toEqual([numbers(500), [2]])
  })

  it.each(PAIRS)(
    "of version $from publishes with QoS 2 to version $to, once and in order, while both lose their connections",
    async ({ from, to }) => {
      const topic = `broken/${from}/${to}`
      const [sender, receiver] = await Promise.all([
        faithful(from, `sender ${topic}`),
        faithful(to, `receiver ${topic}`),
      ])
      const gathered = new Gathered()
      gathered.listen(receiver, (payload) => {
        if (Number(payload) % 37 === 0) receiver.stream.destroy()
        if (Number(payload) % 41 === 0) sender.stream.destroy()
      })
      await receiver.subscribeAsync(topic, { qos: 2 })
      await Promise.all(numbers(300).map((text) => sender.publishAsync(topic, text, { qos: 2 })))
      await gathered.until(300)
      await broker.waitForIdle()
      expect(gathered.all).toEqual(numbers(300))
    },
  )

  it("has a message of QoS 2 taken by an AMQP client, who sees it as persistent", async () => {
    const [sender, receiver] = await Promise.all([connected(5), amqplib.connect(broker)])
    const inbox = await receiver.subscribe("towards.amqp")
    await sender.publishAsync("towards/amqp", "x", { qos: 2 })
    expect(await inbox.next()).toMatchObject({ deliveryMode: 2, body: "x" })
    await receiver.close()
  })

  it.each([0, 1, 2] as const)("shares messages of QoS %i among clients of both versions", async (qos) => {
    const sharers = await Promise.all([connected(4), connected(5), connected(5)])
    const gathered = new Gathered()
    const shares = sharers.map(() => 0)
    for (const [index, client] of sharers.entries()) {
      gathered.listen(client, () => {
        shares[index] = (shares[index] ?? 0) + 1
      })
      await client.subscribeAsync(`$share/g/shared/${qos}/#`, { qos })
    }
    const sender = await connected(5)
    await Promise.all(numbers(300).map((text) => sender.publishAsync(`shared/${qos}/x`, text, { qos })))
    expect(sorted(await gathered.until(300))).toEqual(numbers(300))
    expect(shares).toEqual([100, 100, 100])
  })

  it("shares what AMQP clients publish", async () => {
    const sharers = await Promise.all([connected(4), connected(5)])
    const gathered = new Gathered()
    for (const client of sharers) {
      gathered.listen(client)
      await client.subscribeAsync("$share/g/from/amqp", { qos: 1 })
    }
    const sender = await amqplib.connect(broker)
    for (const text of numbers(20)) await sender.publish("amq.topic", "from.amqp", { deliveryMode: 2, body: text })
    expect(sorted(await gathered.until(20))).toEqual(numbers(20))
    await sender.close()
  })

  it("has another client of its group do what it has not acknowledged", async () => {
    const lazy = await connected(5, { properties: { receiveMaximum: 10 } })
    const gathered = new Gathered()
    let taken = 0
    // Never acknowledges.
    lazy.handleMessage = () => {
      taken++
    }
    await lazy.subscribeAsync("$share/g/jobs", { qos: 1 })
    const [sender, busy] = await Promise.all([connected(5), connected(5)])
    gathered.listen(busy)
    await Promise.all(numbers(30).map((text) => sender.publishAsync("jobs", text, { qos: 1 })))
    await busy.subscribeAsync("$share/g/jobs", { qos: 1 })
    await gathered.until(20)
    expect(taken).toBeGreaterThan(0)
    lazy.stream.destroy()
    expect(sorted(await gathered.until(30))).toEqual(numbers(30))
  })
})
