import type { Limits, Log, QueueType } from "@polymq/broker"
import type { Profile } from "@polymq/convert"
import { ConfigurationError } from "./config/configuration-error.ts"
import type { DefaultListener, ListenerName, ListenerOptions, Listeners } from "./listeners.ts"
import { type Doors, openListeners } from "./open-listeners.ts"
import type { PolyBroker } from "./poly-broker.ts"
import { readDefinitions } from "./read-definitions.ts"
import type { ReadIdentity } from "./tls/read-identity.ts"
import type { TlsOptions } from "./tls/tls-options.ts"

/** How long clients may take to say goodbye before they are cut off. */
const CLOSE_GRACE_MS = 2000
const DEFAULT_VHOST = "/"
const GUEST = { name: "guest", password: "guest" }
const DEFAULT_LISTENERS: Listeners = { amqp: {}, mqtt: {} }

/** What a broker is started with; everything has a default. */
export interface BrokerOptions<Names extends ListenerName = DefaultListener> {
  /** AMQP and MQTT, plain, on free ports of this machine, when absent. */
  readonly listeners?: Readonly<Record<Names, ListenerOptions>>
  /** What the listeners `amqps`, `mqtts` and `wss` need. */
  readonly tls?: TlsOptions
  /** What `ws` and `wss` ask of web pages. */
  readonly webSocket?: {
    /** Origins of pages that may connect, besides those of this machine: `https://app.example.com`; "*" for all. */
    readonly allowedOrigins?: readonly string[]
  }
  /** RabbitMQ's definitions: the object, or the path of its JSON file. */
  readonly definitions?: object | string
  /** The user that exists from the start; guest with the password guest, from this machine only, when absent. */
  readonly defaultUser?: { readonly name: string; readonly password: string }
  /** Type of queues that are declared without one, where their vhost has no other; "classic" when absent. */
  readonly defaultQueueType?: QueueType
  /** Conversion rules between protocols: of the specification, "documented", when absent, or "rabbitmq-4.3". */
  readonly profile?: Profile
  /** What clients may make the broker hold or do. */
  readonly limits?: Partial<Limits>
  /** Where the broker says what happens; silent when absent. */
  readonly log?: Log
  /** Milliseconds since 1970; for tests of expiry. */
  readonly clock?: () => number
}

/**
 * Starts a broker in this process, with messages in memory, and resolves when it accepts connections. Raises
 * `ListenError` when a port is taken, `ConfigurationError` for a certificate that cannot be used, and errors that name the
 * place for definitions that cannot be used.
 *
 * ```ts
 * await using broker = await createBroker()
 * const client = await connectAsync(broker.urls.mqtt)
 * ```
 */
export async function createBroker<Names extends ListenerName = DefaultListener>(
  options: BrokerOptions<Names> = {},
): Promise<PolyBroker<Names>> {
  // Loaded here and not above: importing the package must cost nothing, in every test file that does.
  const [
    { createBrokerCore, SILENT, stackOf },
    { EventLoopTurn, Transport },
    { createConverters },
    { inspectMessage },
  ] = await Promise.all([
    import("@polymq/broker"),
    import("@polymq/transport"),
    import("@polymq/convert"),
    import("./inspect/inspected-message.ts"),
  ])
  const log = options.log ?? SILENT
  const turn = new EventLoopTurn({
    failed: (error) => log.error("deferred work failed", { stack: stackOf(error) }),
    ...given({ clock: options.clock }),
  })
  const { limits, defaultQueueType } = options
  const defaultUser = options.defaultUser && { ...options.defaultUser, loopbackOnly: false }
  const core = createBrokerCore({ turn, log, ...given({ limits, defaultUser, defaultQueueType }) })
  const transport = new Transport({ broker: core, tick: (nowMs) => core.tick(nowMs) })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= transport.close("the broker is shutting down", CLOSE_GRACE_MS).then(() => core.close())
    return closing
  }
  const converters = createConverters({
    profile: options.profile ?? "documented",
    names: { mqttExchange: "amq.topic" },
  })
  const doors: Doors = {
    amqp: async () => {
      const [amqp091, amqp10] = await Promise.all([import("@polymq/amqp091"), import("@polymq/amqp10")])
      return [amqp091.createAmqp091Door({ converters }), amqp10.createAmqp10Door({ converters })]
    },
    mqtt: async () => [(await import("@polymq/mqtt")).createMqttDoor({ converters })],
  }
  let currentTls = options.tls
  const reloadCertificate = async (tls = currentTls): Promise<void> => {
    if (currentTls === undefined || tls === undefined) {
      throw new ConfigurationError(["tls.certificate and tls.key are needed when the broker starts"])
    }
    const read = await readCertificate(tls, log)
    transport.useTlsIdentity(read.identity)
    currentTls = tls
    log.info("certificate reloaded", { subject: read.subject, validTo: read.validTo })
  }
  let urls: Partial<Record<ListenerName, string>>
  try {
    await core.open()
    if (options.definitions !== undefined) core.importDefinitions(await readDefinitions(options.definitions))
    urls = await openListeners({
      transport,
      listeners: options.listeners ?? DEFAULT_LISTENERS,
      doors,
      identity: options.tls && (await readCertificate(options.tls, log)).identity,
      allowedOrigins: options.webSocket?.allowedOrigins ?? [],
      user: options.defaultUser ?? GUEST,
    })
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls: urls as Record<Names, string>,
    reloadCertificate,
    inspect: async (queue, { vhost = DEFAULT_VHOST } = {}) => core.inspect(vhost, queue).map(inspectMessage),
    waitForIdle: () => core.whenIdle(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Loads what reads certificates only for those who have one. */
async function readCertificate(tls: TlsOptions, log: Log): Promise<ReadIdentity> {
  const read = await (await import("./tls/read-identity.ts")).readIdentity(tls)
  for (const reason of read.warnings) log.warn("certificate", { reason })
  return read
}

/** The fields that are not undefined: the defaults of what takes them then hold. */
function given<Fields extends object>(fields: Fields): { readonly [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> }
}
