import { type ChannelModel, connect, credentials } from "amqplib"
import { connectAsync, type IClientOptions, type MqttClient } from "mqtt"
import { ConfigurationError, createBroker, type PolyBroker, type TlsOptions } from "polymq"
import rhea, { type Connection, type ConnectionOptions } from "rhea"
import { afterEach, describe, expect, it } from "vitest"
import { type ClientTls, certificateFile, clientTls } from "./clients/certificates.ts"
import { event } from "./clients/rhea.ts"

const SERVER: TlsOptions = { certificate: certificateFile("server"), key: certificateFile("server-key") }
const ASKING: TlsOptions = { ...SERVER, certificateAuthority: certificateFile("ca") }
const INSISTING: TlsOptions = { ...ASKING, verifyPeer: true }
/** A user who has no password. */
const PLANT = {
  users: [{ name: "plant", password_hash: "", tags: "" }],
  permissions: [{ user: "plant", vhost: "/", configure: ".*", write: ".*", read: ".*" }],
}

type Secure = "amqps" | "mqtts" | "wss"

/** What is open, to be closed after the test. */
const open: (() => unknown)[] = []

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function started(tls: TlsOptions, log: string[] = []): Promise<PolyBroker<Secure>> {
  const keep = (_event: string, fields?: { readonly reason?: unknown }): unknown => log.push(String(fields?.reason))
  const broker = await createBroker({
    listeners: { amqps: {}, mqtts: {}, wss: {} },
    tls,
    definitions: PLANT,
    log: { debug() {}, info: keep, warn: keep, error: keep },
  })
  open.push(() => broker.close())
  return broker
}

async function connectAmqplib(broker: PolyBroker<Secure>, tls: ClientTls, isExternal = false): Promise<ChannelModel> {
  const { host } = new URL(broker.urls.amqps)
  const options = isExternal ? { ...tls, credentials: credentials.external() } : tls
  const connection = await connect(isExternal ? `amqps://${host}` : broker.urls.amqps, options)
  connection.on("error", () => {})
  open.push(() => connection.close().catch(() => {}))
  return connection
}

async function connectRhea(broker: PolyBroker<Secure>, options: object): Promise<Connection> {
  const { hostname: host, port } = new URL(broker.urls.amqps)
  const all = { transport: "tls", host, port: Number(port), reconnect: false, ...options }
  const connection = rhea.create_container().connect(all as ConnectionOptions)
  open.push(() => connection.close())
  const failed = event(connection, "disconnected").then(({ error }) => {
    throw error ?? new Error("disconnected")
  })
  const refused = event(connection, "connection_error").then(() => {
    throw new Error("refused")
  })
  await Promise.race([event(connection, "connection_open"), failed, refused])
  failed.catch(() => {})
  refused.catch(() => {})
  return connection
}

async function connectMqtt(url: string, options: IClientOptions): Promise<MqttClient> {
  const client = await connectAsync(url, { reconnectPeriod: 0, protocolVersion: 5, ...options }, false)
  client.on("error", () => {})
  open.push(() => client.endAsync(true))
  return client
}

/** The words of whatever an operation fails with. */
async function failureOf(operation: Promise<unknown>): Promise<string> {
  return await operation.then(
    () => "no failure",
    (error: Error & { readonly code?: string }) => error.code ?? error.message,
  )
}

/** The words of an operation that may also hang because its library waits for ever: only `log` tells then. */
async function logged(log: readonly string[], operation: Promise<unknown>): Promise<string | undefined> {
  operation.catch(() => {})
  await expect.poll(() => log.length).toBeGreaterThan(0)
  return log[0]
}

describe("over TLS", () => {
  it("clients of every protocol reach each other", async () => {
    const broker = await started(SERVER)
    const channel = await (await connectAmqplib(broker, clientTls())).createChannel()
    await channel.assertQueue("readings")
    await channel.bindQueue("readings", "amq.topic", "plant.*")
    const device = await connectMqtt(broker.urls.mqtts, clientTls())
    await device.publishAsync("plant/7", "21.5", { qos: 1 })
    const browser = await connectMqtt(broker.urls.wss, clientTls())
    await browser.publishAsync("plant/8", "22.5", { qos: 1 })
    const connection = await connectRhea(broker, { ...clientTls(), username: "guest", password: "guest" })
    const sender = connection.open_sender("/exchanges/amq.topic/plant.9")
    await event(sender, "sendable")
    sender.send({ body: "23.5" })
    await event(sender, "accepted")
    const texts = (await broker.inspect("readings")).map(({ text }) => text)
    expect(texts).toEqual(["21.5", "22.5", "23.5"])
  })

  it("a megabyte arrives as it was sent, in every protocol", async () => {
    const broker = await started(SERVER)
    const body = Buffer.alloc(1_000_000, "0123456789")
    const channel = await (await connectAmqplib(broker, clientTls())).createConfirmChannel()
    await channel.assertQueue("large")
    const arrived = new Promise<Buffer>((resolve) => {
      channel.consume("large", (message) => resolve(message?.content ?? Buffer.alloc(0)), { noAck: true })
    })
    channel.sendToQueue("large", body)
    expect((await arrived).equals(body)).toBe(true)
    for (const url of [broker.urls.mqtts, broker.urls.wss]) {
      const client = await connectMqtt(url, clientTls())
      await client.subscribeAsync("large/#", { qos: 1 })
      const got = new Promise<Buffer>((resolve) => client.once("message", (_topic, payload) => resolve(payload)))
      await client.publishAsync("large/x", body, { qos: 1 })
      expect((await got).equals(body)).toBe(true)
    }
  })

  it.each([
    ["another authority", SERVER, "other-ca", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
    [
      "an expired certificate",
      { certificate: certificateFile("expired-server"), key: certificateFile("expired-server-key") },
      "ca",
      "CERT_HAS_EXPIRED",
    ],
  ])("clients do not trust %s", async (_what, tls, ca, code) => {
    const broker = await started(tls)
    const options = clientTls(undefined, ca)
    expect(await failureOf(connectAmqplib(broker, options))).toBe(code)
    expect(await failureOf(connectMqtt(broker.urls.mqtts, options))).toBe(code)
    expect(await failureOf(connectMqtt(broker.urls.wss, options))).toBe(code)
  })

  it("clients without TLS hear nothing and the log says why", async () => {
    const log: string[] = []
    const broker = await started(SERVER, log)
    expect(await logged(log, connectMqtt(broker.urls.mqtts.replace("mqtts:", "mqtt:"), {}))).toBe(
      "no TLS on a port with TLS",
    )
  })
})

describe("a client's certificate", () => {
  it("is its login: EXTERNAL in AMQP, nothing in MQTT", async () => {
    const broker = await started(INSISTING)
    const tls = clientTls("plant")
    const channel = await (await connectAmqplib(broker, tls, true)).createConfirmChannel()
    await channel.assertQueue("mine")
    // Only the user whom the broker knows may be named.
    channel.sendToQueue("mine", Buffer.from("1"), { userId: "plant" })
    await channel.waitForConfirms()
    const connection = await connectRhea(broker, { ...tls, enable_sasl_external: true })
    const sender = connection.open_sender("/queues/mine")
    await event(sender, "sendable")
    sender.send({ user_id: "plant", body: "2" })
    await event(sender, "accepted")
    for (const url of [broker.urls.mqtts, broker.urls.wss]) {
      const client = await connectMqtt(url, tls)
      await client.publishAsync("any", "x", { qos: 1 })
    }
    expect((await broker.inspect("mine")).map(({ text }) => text)).toEqual(["1", "2"])
  })

  it("does not keep a client from logging in by password", async () => {
    const broker = await started(INSISTING)
    const channel = await (await connectAmqplib(broker, clientTls("plant"))).createConfirmChannel()
    await channel.assertQueue("q")
    channel.sendToQueue("q", Buffer.from("1"), { userId: "guest" })
    await channel.waitForConfirms()
    await connectMqtt(broker.urls.mqtts, { ...clientTls("plant"), username: "guest", password: "guest" })
  })

  it("without exactly one name is no login", async () => {
    const broker = await started(INSISTING)
    for (const name of ["two-names", "nameless"]) {
      expect(await failureOf(connectAmqplib(broker, clientTls(name), true))).toMatch(/EXTERNAL/)
    }
  })

  it("has to be there when it is insisted on", async () => {
    const log: string[] = []
    const broker = await started(INSISTING, log)
    expect(await failureOf(connectAmqplib(broker, clientTls()))).not.toBe("no failure")
    expect(log).toEqual(["the client has shown no certificate, and tls.verifyPeer wants one"])
  })

  it.each([
    ["expired-plant", "the client's certificate has expired"],
    ["other-plant", "the client's certificate is not of tls.certificateAuthority (UNABLE_TO_VERIFY_LEAF_SIGNATURE)"],
  ])("that is not good ends the connection, insisted on or not: %s", async (name, reason) => {
    for (const tls of [ASKING, INSISTING]) {
      const log: string[] = []
      const broker = await started(tls, log)
      for (const connecting of [
        () => connectAmqplib(broker, clientTls(name)),
        () => connectMqtt(broker.urls.mqtts, clientTls(name)),
        () => connectMqtt(broker.urls.wss, clientTls(name)),
      ]) {
        log.length = 0
        expect(await logged(log, connecting())).toBe(reason)
      }
    }
  })

  it("may be left out where it is not insisted on; then EXTERNAL is not offered", async () => {
    const broker = await started(ASKING)
    await connectMqtt(broker.urls.mqtts, clientTls())
    expect(await failureOf(connectAmqplib(broker, clientTls(), true))).toMatch(/EXTERNAL/)
  })
})

describe("the broker's certificate", () => {
  const issuedTo = async (broker: PolyBroker<Secure>): Promise<string | undefined> => {
    let organisation: string | undefined
    const client = await connectMqtt(broker.urls.mqtts, {
      ...clientTls(),
      checkServerIdentity: (_host: string, { subject }: { readonly subject: { readonly O?: string } }) => {
        organisation = subject.O
        return undefined
      },
    } as IClientOptions)
    await client.endAsync()
    return organisation
  }

  it("can be changed while clients are connected", async () => {
    const broker = await started(SERVER)
    const before = await connectMqtt(broker.urls.mqtts, clientTls())
    expect(await issuedTo(broker)).toBeUndefined()
    await broker.reloadCertificate({
      certificate: certificateFile("next-server"),
      key: certificateFile("next-server-key"),
    })
    expect(await issuedTo(broker)).toBe("next")
    await before.publishAsync("still", "there", { qos: 1 })
  })

  it("stays as it is when the new one cannot be used", async () => {
    const broker = await started(SERVER)
    await expect(broker.reloadCertificate({ ...SERVER, key: certificateFile("plant-key") })).rejects.toThrow(
      /^tls\.key: .*plant-key\.pem is not the key of the certificate/,
    )
    expect(await issuedTo(broker)).toBeUndefined()
    const plain = await createBroker()
    open.push(() => plain.close())
    await expect(plain.reloadCertificate(SERVER)).rejects.toBeInstanceOf(ConfigurationError)
  })

  it("is needed by every listener that is to be secure", async () => {
    await expect(createBroker({ listeners: { amqp: {}, mqtts: {}, wss: {} } })).rejects.toMatchObject({
      problems: [
        "listeners.mqtts needs tls.certificate and tls.key",
        "listeners.wss needs tls.certificate and tls.key",
      ],
    })
  })
})
