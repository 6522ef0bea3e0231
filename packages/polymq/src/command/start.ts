import { DefinitionsError, type Log, stackOf } from "@polymq/broker"
import { ListenError } from "@polymq/transport"
import { defineCommand } from "citty"
import { ConfigurationError } from "../config/configuration-error.ts"
import type { Given } from "../config/given.ts"
import { loadConfiguration } from "../config/load.ts"
import { fromText } from "../config/read-environment.ts"
import type { Configuration } from "../config/schema.ts"
import { listSettings } from "../config/settings.ts"
import { createBroker } from "../create-broker.ts"
import { LISTENER_KINDS, type ListenerName, type ListenerOptions } from "../listeners.ts"
import type { PolyBroker } from "../poly-broker.ts"
import type { TlsOptions } from "../tls/tls-options.ts"
import { packageVersion } from "../version.ts"
import { banner } from "./banner.ts"
import { CommandError } from "./command-error.ts"
import { pinoLog } from "./pino-log.ts"
import { refuseExtra, refuseUnknown } from "./refuse-unknown.ts"
import { textLog } from "./text-log.ts"

const args = {
  config: { type: "string", valueHint: "FILE", description: "Configuration file (YAML)" },
  memory: { type: "boolean", description: "Keep messages in memory; so far there is nothing else" },
  host: { type: "string", valueHint: "HOST", description: "Address to listen on; this machine only when absent" },
  amqp: { type: "string", valueHint: "PORT|off", description: "Port for AMQP 0.9.1 and AMQP 1.0 (5672)" },
  mqtt: { type: "string", valueHint: "PORT|off", description: "Port for MQTT 3.1.1 and 5.0 (1883)" },
  ws: { type: "string", valueHint: "PORT|off", description: "Port for MQTT over WebSocket (off; 15675 is usual)" },
  certificate: { type: "string", valueHint: "FILE", description: "The broker's certificate (PEM), for TLS" },
  key: { type: "string", valueHint: "FILE", description: "Private key of the certificate (PEM)" },
  amqps: { type: "string", valueHint: "PORT|off", description: "Port for AMQP over TLS (5671)" },
  mqtts: { type: "string", valueHint: "PORT|off", description: "Port for MQTT over TLS (8883)" },
  wss: { type: "string", valueHint: "PORT|off", description: "Port for MQTT over WebSocket and TLS (off)" },
  json: { type: "boolean", description: "Say on one line of JSON that the broker is ready" },
} as const

const LISTENERS = Object.keys(LISTENER_KINDS) as readonly ListenerName[]

/** What each flag sets. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(LISTENERS.map((name) => [name, [`listeners.${name}.port`]])),
  host: LISTENERS.map((name) => `listeners.${name}.host`),
  certificate: ["tls.certificate"],
  key: ["tls.key"],
}

/** `polymq start`: a broker on this machine until it is told to stop. */
export const startCommand = defineCommand({
  meta: { name: "polymq start", description: "Start a broker on this machine" },
  args,
  async run({ args: given }) {
    refuseUnknown(given, args)
    refuseExtra(given._, 0)
    const { configuration, warnings, origins } = await loadConfiguration({
      file: given.config ?? process.env["POLYMQ_CONFIG"],
      environment: process.env,
      flags: givenBy(given),
    })
    const log = openLog(configuration.log.level)
    for (const warning of warnings) log.warn("configuration", { reason: warning })
    const broker = await open(configuration, log).catch((error: unknown) => {
      throw error instanceof ConfigurationError ? located(error, origins) : error
    })
    // Before anybody knows that the broker is there, so that no signal finds nobody listening.
    stopOnSignal(broker)
    if (configuration.tls.certificate !== undefined) reloadOnSignal(broker, log)
    announce(broker, configuration, given.json === true)
  },
})

/** For people at a terminal, else for programs. */
function openLog(level: string): Log {
  if (!process.stderr.isTTY) return pinoLog(level)
  return textLog(
    level,
    (line) => process.stderr.write(line),
    () => new Date(),
  )
}

function givenBy(flags: Readonly<Record<string, unknown>>): readonly Given[] {
  const settings = listSettings()
  return Object.entries(SETS).flatMap(([flag, keys]) => {
    const text = flags[flag]
    if (typeof text !== "string") return []
    if (text === "") throw new CommandError(2, `--${flag} needs a value`)
    return settings
      .filter(({ path }) => keys.includes(path.join(".")))
      .map((setting) => ({ path: setting.path, value: fromText(text, setting), origin: `--${flag}` }))
  })
}

/** Names with each key that cannot be used the place where it was given. */
function located(error: ConfigurationError, origins: ReadonlyMap<string, string>): ConfigurationError {
  const problems = error.problems.map((problem) => {
    const key = /^[\w.]+/.exec(problem)?.[0] ?? ""
    const origin = origins.get(key) ?? origins.get(`${key}.port`)
    return origin === undefined ? problem : `${origin}: ${problem}`
  })
  return new ConfigurationError(problems, { cause: error })
}

async function open(configuration: Configuration, log: Log): Promise<PolyBroker<ListenerName>> {
  const { defaultUser, definitions, defaultQueueType, profile, limits, webSocket } = configuration
  const tls = wantedTls(configuration)
  try {
    return await createBroker<ListenerName>({
      listeners: wantedListeners(configuration),
      ...(tls === undefined ? {} : { tls }),
      webSocket,
      ...(isWellKnown(configuration) ? {} : { defaultUser }),
      ...(definitions === undefined ? {} : { definitions }),
      defaultQueueType,
      profile,
      limits,
      log,
    })
  } catch (error) {
    if (error instanceof DefinitionsError)
      throw new CommandError(1, `${definitions}: ${error.message}`, { cause: error })
    if (!(error instanceof ListenError)) throw error
    const { listener } = error
    const remedy = `choose another with --${listener} PORT or the key listeners.${listener}.port`
    throw new CommandError(1, `${error.message}; ${remedy}`, { cause: error })
  }
}

function wantedListeners({ listeners, tls }: Configuration): Record<ListenerName, ListenerOptions> {
  const wanted = LISTENERS.flatMap((name) => {
    const { port = tls.certificate === undefined ? "off" : LISTENER_KINDS[name].usualPort, host } = listeners[name]
    return port === "off" ? [] : [[name, { port, host }] as const]
  })
  if (wanted.length === 0) throw new CommandError(1, "every listener is off: there is nothing to start")
  return Object.fromEntries(wanted) as Record<ListenerName, ListenerOptions>
}

function wantedTls({ tls }: Configuration): TlsOptions | undefined {
  const { certificate, key } = tls
  if (certificate !== undefined && key !== undefined) return { ...tls, certificate, key }
  const given = Object.entries(tls).flatMap(([name, value]) => (value ? [name] : []))
  if (given[0] === undefined) return undefined
  const missing = [certificate === undefined ? "tls.certificate" : "", key === undefined ? "tls.key" : ""].filter(
    Boolean,
  )
  throw new ConfigurationError([`tls.${given[0]} needs ${missing.join(" and ")}`])
}

function isWellKnown({ defaultUser }: Configuration): boolean {
  return defaultUser.name === "guest" && defaultUser.password === "guest"
}

function announce({ urls }: PolyBroker<ListenerName>, configuration: Configuration, isJson: boolean): void {
  const isKnown = isWellKnown(configuration)
  const shown = isKnown ? urls : withoutCredentials(urls)
  const text = isJson
    ? JSON.stringify({ event: "ready", urls: shown })
    : banner({
        version: packageVersion(),
        urls: shown,
        user: { name: configuration.defaultUser.name, isWellKnown: isKnown },
      })
  process.stdout.write(`${text}\n`)
}

/** A password that somebody chose is not printed. */
function withoutCredentials(urls: PolyBroker<ListenerName>["urls"]): PolyBroker<ListenerName>["urls"] {
  const bare = Object.entries(urls).map(([name, url]) => [name, url.replace(/\/\/.*@/, "//")])
  return Object.fromEntries(bare) as PolyBroker<ListenerName>["urls"]
}

/** The first signal lets clients say goodbye; a second one ends the process as it would any other. */
function stopOnSignal(broker: PolyBroker<ListenerName>): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      broker.close().catch((error: unknown) => {
        process.stderr.write(`polymq: ${stackOf(error)}\n`)
        process.exitCode = 1
      })
    })
  }
}

/** SIGHUP: the files of the certificate are read again. */
function reloadOnSignal(broker: PolyBroker<ListenerName>, log: Log): void {
  process.on("SIGHUP", () => {
    broker.reloadCertificate().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      log.error("certificate not reloaded", { reason })
    })
  })
}
