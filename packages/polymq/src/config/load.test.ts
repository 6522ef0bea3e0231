import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ConfigurationError } from "./configuration-error.ts"
import type { Given } from "./given.ts"
import { checkConfiguration, loadConfiguration } from "./load.ts"
import { parseConfiguration } from "./read-file.ts"
import { listSettings } from "./settings.ts"

const settings = listSettings()
const check = (yaml: string) => checkConfiguration(parseConfiguration("polymq.yaml", yaml), settings)

function problems(run: () => unknown): readonly string[] {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems
    throw error
  }
  return []
}

describe("a configuration file", () => {
  it("leaves everything it does not mention at its default", () => {
    const configuration = check("listeners:\n  mqtt:\n    port: off\n")
    expect(configuration.listeners).toEqual({
      amqp: { port: 5672 },
      amqps: {},
      mqtt: { port: "off" },
      mqtts: {},
      ws: { port: "off" },
      wss: { port: "off" },
    })
    expect(configuration.tls).toEqual({ verifyPeer: false })
    expect(configuration.webSocket.allowedOrigins).toEqual([])
    expect(configuration.defaultUser).toEqual({ name: "guest", password: "guest" })
    expect(configuration.limits.maxMessageBytes).toBe(16_777_216)
  })

  it.each(["", "# nothing\n", "listeners:\n", "limits: {}\n", "---\n"])("may be as good as empty: %j", (yaml) => {
    expect(check(yaml).listeners.amqp.port).toBe(5672)
  })

  it("is refused with file, line, column, key and what it must be", () => {
    expect(problems(() => check("listeners:\n  amqp:\n    port: 70000\n"))).toEqual([
      "polymq.yaml:3:11: listeners.amqp.port must be a whole number from 0 to 65535, or off, not 70000",
    ])
    expect(problems(() => check("log:\n  level: loud\n"))).toEqual([
      'polymq.yaml:2:10: log.level must be one of debug, info, warn, error, silent, not "loud"',
    ])
    expect(problems(() => check("listeners: 5672\n"))).toEqual([
      "polymq.yaml:1:12: listeners must be a section with the keys amqp, amqps, mqtt, mqtts, ws, wss, not 5672",
    ])
  })

  it("is refused for a key that does not exist, with the one that was meant", () => {
    expect(problems(() => check("listeners:\n  mqtt:\n    prot: 1883\n"))).toEqual([
      "polymq.yaml:3:5: unknown key listeners.mqtt.prot; did you mean port?",
    ])
    expect(problems(() => check("colour: blue\n"))).toEqual([
      "polymq.yaml:1:1: unknown key colour; known here: listeners, tls, webSocket, defaultUser, definitions, defaultQueueType, profile, limits, log",
    ])
    expect(problems(() => check("__proto__:\n  polluted: 1\n"))[0]).toContain("unknown key __proto__")
  })

  it("is refused with every problem at once", () => {
    expect(problems(() => check("limits:\n  maxChannels: 0\n  maxFrames: 1\nprofile: mine\n"))).toHaveLength(3)
  })

  it("is refused with the place where it is not YAML", () => {
    expect(problems(() => check("listeners:\n  amqp: [\n"))[0]).toMatch(/^polymq\.yaml:\d+:\d+: /)
    expect(problems(() => check("log:\n  level: info\nlog:\n  level: warn\n"))[0]).toMatch(
      /^polymq\.yaml:3:1: .*unique/,
    )
    expect(problems(() => check("- a list\n"))).toEqual(['polymq.yaml:1:1: must have keys such as "listeners:"'])
  })
})

describe("settings from several places", () => {
  let folder = ""
  let file = ""

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "polymq-configuration-"))
    file = join(folder, "polymq.yaml")
    await writeFile(file, "listeners:\n  amqp:\n    port: 1\n  mqtt:\n    port: 1\nlog:\n  level: error\n")
  })

  afterAll(() => rm(folder, { recursive: true }))

  it("are taken from flags before the environment, and from that before the file", async () => {
    const environment = { POLYMQ_LISTENERS_AMQP_PORT: "2", POLYMQ_LISTENERS_MQTT_PORT: "2", PATH: "/bin" }
    const flags: Given[] = [{ path: ["listeners", "amqp", "port"], value: 3, origin: "--amqp" }]
    const { configuration, warnings } = await loadConfiguration({ file, environment, flags })
    expect(configuration.listeners).toMatchObject({ amqp: { port: 3 }, mqtt: { port: 2 } })
    expect(configuration.log.level).toBe("error")
    expect(warnings).toEqual([])
  })

  it("mean paths in a file from the file's folder, and those of flags from where one is", async () => {
    const own = join(folder, "own.yaml")
    await writeFile(own, "definitions: sub/definitions.json\ntls:\n  certificate: c.pem\n  key: /k.pem\n")
    const { configuration, origins } = await loadConfiguration({ file: own, environment: {}, flags: [] })
    expect(configuration.definitions).toBe(join(folder, "sub", "definitions.json"))
    expect(configuration.tls).toMatchObject({ certificate: join(folder, "c.pem"), key: "/k.pem" })
    expect(origins.get("tls.key")).toBe(`${own}:4:8`)
    const flags: Given[] = [{ path: ["definitions"], value: "d.json", origin: "--definitions" }]
    expect((await loadConfiguration({ file: own, environment: {}, flags })).configuration.definitions).toBe("d.json")
  })

  it("name the variable or flag that is wrong", async () => {
    const environment = { POLYMQ_LIMITS_MAX_CHANNELS: "many" }
    const flags: Given[] = [{ path: ["listeners", "mqtt", "port"], value: "on", origin: "--mqtt" }]
    await expect(loadConfiguration({ environment, flags })).rejects.toMatchObject({
      problems: [
        '--mqtt: listeners.mqtt.port must be a whole number from 0 to 65535, or off, not "on"',
        'POLYMQ_LIMITS_MAX_CHANNELS: limits.maxChannels must be a whole number from 1 to 65535, not "many"',
      ],
    })
  })

  it("may be lists and switches", async () => {
    const environment = {
      POLYMQ_TLS_VERIFY_PEER: "true",
      POLYMQ_WEB_SOCKET_ALLOWED_ORIGINS: "https://a.example, https://b.example",
    }
    const { configuration } = await loadConfiguration({ environment, flags: [] })
    expect(configuration.tls.verifyPeer).toBe(true)
    expect(configuration.webSocket.allowedOrigins).toEqual(["https://a.example", "https://b.example"])
    expect(check("webSocket:\n  allowedOrigins:\n    - https://a.example\n").webSocket.allowedOrigins).toHaveLength(1)
    expect(problems(() => check("webSocket:\n  allowedOrigins: https://a.example\n"))).toEqual([
      'polymq.yaml:2:19: webSocket.allowedOrigins must be a list of texts, not "https://a.example"',
    ])
    const wrong = loadConfiguration({ environment: { POLYMQ_TLS_VERIFY_PEER: "yes" }, flags: [] })
    await expect(wrong).rejects.toThrow('POLYMQ_TLS_VERIFY_PEER: tls.verifyPeer must be true or false, not "yes"')
  })

  it("understand RabbitMQ's names for the default user, below our own", async () => {
    const rabbitmq = { RABBITMQ_DEFAULT_USER: "alice", RABBITMQ_DEFAULT_PASS: "12345" }
    const first = await loadConfiguration({ environment: rabbitmq, flags: [] })
    expect(first.configuration.defaultUser).toEqual({ name: "alice", password: "12345" })
    const both = { ...rabbitmq, POLYMQ_DEFAULT_USER_NAME: "bob" }
    const second = await loadConfiguration({ environment: both, flags: [] })
    expect(second.configuration.defaultUser.name).toBe("bob")
  })

  it("warn of a variable that looks like ours and means nothing", async () => {
    const environment = { POLYMQ_LOGLEVEL: "debug", POLYMQ_CONFIG: "x" }
    const { warnings } = await loadConfiguration({ environment, flags: [] })
    expect(warnings).toEqual([
      "environment variable POLYMQ_LOGLEVEL means nothing here; did you mean POLYMQ_LOG_LEVEL?",
    ])
  })

  it("say which file is missing", async () => {
    const missing = join(folder, "other.yaml")
    await expect(loadConfiguration({ file: missing, environment: {}, flags: [] })).rejects.toThrow(
      `${missing}: there is no such file; name another one with --config`,
    )
  })
})
