import { DefinitionsError, type Log } from "@polymq/broker"
import { ListenError } from "@polymq/transport"
import { defineCommand } from "citty"
import type { Given } from "../config/given.ts"
import { loadConfiguration } from "../config/load.ts"
import { fromText } from "../config/read-environment.ts"
import type { Configuration } from "../config/schema.ts"
import { listSettings } from "../config/settings.ts"
import { createBroker } from "../create-broker.ts"
import type { ListenerName, ListenerOptions } from "../listeners.ts"
import type { PolyBroker } from "../poly-broker.ts"
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
  json: { type: "boolean", description: "Say on one line of JSON that the broker is ready" },
} as const

/** What each flag sets. */
const SETS: Readonly<Record<string, readonly string[]>> = {
  amqp: ["listeners.amqp.port"],
  mqtt: ["listeners.mqtt.port"],
  host: ["listeners.amqp.host", "listeners.mqtt.host"],
}

/** `polymq start`: a broker on this machine until it is told to stop. */
export const startCommand = defineCommand({
  meta: { name: "polymq start", description: "Start a broker on this machine" },
  args,
  async run({ args: given }) {
    refuseUnknown(given, args)
    refuseExtra(given._, 0)
    const { configuration, warnings } = await loadConfiguration({
      file: given.config ?? process.env["POLYMQ_CONFIG"],
      environment: process.env,
      flags: givenBy(given),
    })
    const log = openLog(configuration.log.level)
    for (const warning of warnings) log.warn("configuration", { reason: warning })
    const broker = await open(configuration, log)
    // Before anybody knows that the broker is there, so that no signal finds nobody listening.
    stopOnSignal(broker)
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

async function open(configuration: Configuration, log: Log): Promise<PolyBroker> {
  const { defaultUser, definitions, defaultQueueType, profile, limits } = configuration
  try {
    return await createBroker({
      listeners: wantedListeners(configuration),
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

function wantedListeners({ listeners }: Configuration): Record<ListenerName, ListenerOptions> {
  const wanted = Object.entries(listeners).flatMap(([name, { port, host }]) =>
    port === "off" ? [] : [[name, { port, host }] as const],
  )
  if (wanted.length === 0) throw new CommandError(1, "every listener is off: there is nothing to start")
  return Object.fromEntries(wanted) as Record<ListenerName, ListenerOptions>
}

function isWellKnown({ defaultUser }: Configuration): boolean {
  return defaultUser.name === "guest" && defaultUser.password === "guest"
}

function announce({ urls }: PolyBroker, configuration: Configuration, isJson: boolean): void {
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
function withoutCredentials(urls: PolyBroker["urls"]): PolyBroker["urls"] {
  const bare = Object.entries(urls).map(([name, url]) => [name, url.replace(/\/\/.*@/, "//")])
  return Object.fromEntries(bare) as PolyBroker["urls"]
}

/** The first signal lets clients say goodbye; a second one ends the process as it would any other. */
function stopOnSignal(broker: PolyBroker): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      broker.close().catch((error: unknown) => {
        process.stderr.write(`polymq: ${error instanceof Error ? error.stack : String(error)}\n`)
        process.exitCode = 1
      })
    })
  }
}
