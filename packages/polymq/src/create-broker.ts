import type { Door, Limits, Log } from "@polymq/broker"
import type { Profile } from "@polymq/convert"
import { type InspectedMessage, inspectMessage } from "./inspected-message.ts"
import { type ListenerName, type ListenerOptions, type Listeners, listenerUrl } from "./listeners.ts"

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
  /** Conversion rules between protocols; "documented" when absent. */
  readonly profile?: Profile
  /** What clients may make the broker hold or do. */
  readonly limits?: Partial<Limits>
  /** Where the broker says what happens; silent when absent. */
  readonly log?: Log
  /** Milliseconds since 1970; for tests of expiry. */
  readonly clock?: () => number
}

/** A running broker. */
export interface PolyBroker<Names extends ListenerName = ListenerName> extends AsyncDisposable {
  /** What clients connect to, with the default user's credentials: `amqp://guest:guest@127.0.0.1:5672`. */
  readonly urls: Readonly<Record<Names, string>>
  /**
   * The messages that wait in a queue, in the order of their delivery; they stay where they are. Raises `BrokerError`
   * `NOT_FOUND` when there is no such queue.
   */
  inspect(queue: string, options?: { readonly vhost?: string }): Promise<readonly InspectedMessage[]>
  /** Resolves when everything published is stored and routed, and every delivery is settled. */
  waitForIdle(): Promise<void>
  /** Says goodbye to every client and ends. Idempotent. No handle is left behind. */
  close(): Promise<void>
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
  const [{ createBrokerCore, SILENT }, { EventLoopTurn, Transport }, { createConverters }] = await Promise.all([
    import("@polymq/broker"),
    import("@polymq/transport"),
    import("@polymq/convert"),
  ])
  const log = options.log ?? SILENT
  const failed = (error: unknown): void =>
    log.error("deferred work failed", { stack: error instanceof Error ? error.stack : String(error) })
  const turn = new EventLoopTurn({ failed, ...(options.clock === undefined ? {} : { clock: options.clock }) })
  const core = createBrokerCore({
    turn,
    log,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.defaultUser === undefined ? {} : { defaultUser: { ...options.defaultUser, loopbackOnly: false } }),
  })
  await core.open()
  const converters = createConverters({
    profile: options.profile ?? "documented",
    names: { mqttExchange: "amq.topic" },
  })
  const transport = new Transport({ broker: core, tick: (nowMs) => core.tick(nowMs) })
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= transport.close("the broker is shutting down", CLOSE_GRACE_MS).then(() => core.close())
    return closing
  }

  const doors: Readonly<Record<ListenerName, () => Promise<Door>>> = {
    amqp: async () => (await import("@polymq/amqp091")).createAmqp091Door({ converters }),
    mqtt: async () => (await import("@polymq/mqtt")).createMqttDoor({ converters }),
  }
  const urls: Partial<Record<ListenerName, string>> = {}
  try {
    for (const [name, { port = 0, host }] of Object.entries(options.listeners ?? ALL_LISTENERS) as Wanted) {
      const listening = await transport.listen({ name, port, host }, [await doors[name]()])
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
