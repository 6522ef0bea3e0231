import type { Door, Limits, Log, QueueType } from "@polymq/broker"
import type { Profile } from "@polymq/convert"
import { type ListenerName, type ListenerOptions, type Listeners, listenerUrl } from "./listeners.ts"
import type { PolyBroker } from "./poly-broker.ts"
import { readDefinitions } from "./read-definitions.ts"

/** How long clients may take to say goodbye before they are cut off. */
const CLOSE_GRACE_MS = 2000
const DEFAULT_VHOST = "/"
const GUEST = { name: "guest", password: "guest" }
const ALL_LISTENERS: Listeners = { amqp: {}, mqtt: {} }

/** What a broker is started with; everything has a default. */
export interface BrokerOptions<Names extends ListenerName = ListenerName> {
  /** Both, on free ports of this machine, when absent. */
  readonly listeners?: Readonly<Record<Names, ListenerOptions>>
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
 * `ListenError` when a port is taken, and errors that name the place for definitions that cannot be used.
 *
 * ```ts
 * await using broker = await createBroker()
 * const client = await connectAsync(broker.urls.mqtt)
 * ```
 */
export async function createBroker<Names extends ListenerName = ListenerName>(
  options: BrokerOptions<Names> = {},
): Promise<PolyBroker<Names>> {
  // Loaded here and not above: importing the package must cost nothing, in every test file that does.
  const [{ createBrokerCore, SILENT }, { EventLoopTurn, Transport }, { createConverters }, { inspectMessage }] =
    await Promise.all([
      import("@polymq/broker"),
      import("@polymq/transport"),
      import("@polymq/convert"),
      import("./inspect/inspected-message.ts"),
    ])
  const log = options.log ?? SILENT
  const turn = new EventLoopTurn({
    failed: (error) =>
      log.error("deferred work failed", { stack: error instanceof Error ? error.stack : String(error) }),
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
  const doors: Readonly<Record<ListenerName, () => Promise<readonly [Door, ...Door[]]>>> = {
    // The first door answers bytes that are no protocol's.
    amqp: async () => {
      const [amqp091, amqp10] = await Promise.all([import("@polymq/amqp091"), import("@polymq/amqp10")])
      return [amqp091.createAmqp091Door({ converters }), amqp10.createAmqp10Door({ converters })]
    },
    mqtt: async () => [(await import("@polymq/mqtt")).createMqttDoor({ converters })],
  }
  const urls: Partial<Record<ListenerName, string>> = {}
  try {
    await core.open()
    if (options.definitions !== undefined) core.importDefinitions(await readDefinitions(options.definitions))
    for (const [name, { port = 0, host }] of Object.entries(options.listeners ?? ALL_LISTENERS) as Wanted) {
      const listening = await transport.listen({ name, port, host }, await doors[name]())
      urls[name] = listenerUrl(name, listening, name === "amqp" ? (options.defaultUser ?? GUEST) : undefined)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls: urls as Record<Names, string>,
    inspect: async (queue, { vhost = DEFAULT_VHOST } = {}) => core.inspect(vhost, queue).map(inspectMessage),
    waitForIdle: () => core.whenIdle(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

type Wanted = readonly (readonly [name: ListenerName, options: ListenerOptions])[]

/** The fields that are not undefined: the defaults of what takes them then hold. */
function given<Fields extends object>(fields: Fields): { readonly [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: NonNullable<Fields[Key]> }
}
