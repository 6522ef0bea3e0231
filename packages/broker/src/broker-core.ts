import { randomBytes } from "node:crypto"
import { formatOf, type Message } from "@polymq/message"
import { Census } from "./access/census.ts"
import { Connections } from "./access/connections.ts"
import { type Permissions, Rights } from "./access/rights.ts"
import { VhostAccess } from "./access/vhost-access.ts"
import { Acknowledgements } from "./acknowledgements.ts"
import { Alarms } from "./alarms.ts"
import type { Access } from "./api/access.ts"
import type { Administration } from "./api/administration.ts"
import type { Broker, Connection, User } from "./api/broker.ts"
import type { Peer, Session } from "./api/door.ts"
import { BrokerError } from "./api/errors.ts"
import { DEFAULT_LIMITS, type Limits } from "./api/limits.ts"
import { type Log, SILENT } from "./api/log.ts"
import type { Store } from "./api/store.ts"
import type { Turn } from "./api/turn.ts"
import type { BrokerContext } from "./broker-context.ts"
import { type Counters, newCounters } from "./counters.ts"
import { importDefinitions } from "./definitions/import-definitions.ts"
import { lookThrough } from "./expirable.ts"
import { ExpiringSoon } from "./expiring-soon.ts"
import { Idle } from "./idle.ts"
import { defaultMemoryMark } from "./memory/default-mark.ts"
import { HeldMemory } from "./memory/held-memory.ts"
import type { QueueType } from "./queue/queue-type.ts"
import { WillSchedule } from "./session/will-schedule.ts"
import { Journal } from "./store/journal.ts"
import { MemoryStore } from "./store/memory-store.ts"
import { ALL_RIGHTS, CompiledPermission } from "./users/permission.ts"
import { NO_USER_LIMITS } from "./users/user-limits.ts"
import { UserRegistry } from "./users/user-registry.ts"
import { Vhost } from "./vhost.ts"

/** The vhost that is there from the start. */
const DEFAULT_VHOST = "/"

/** The user that is there from the start, and whose rights anonymous clients have. */
export interface DefaultUser {
  readonly name: string
  readonly password: string
  /** Refuse it from other machines. */
  readonly loopbackOnly: boolean
}

/** What a broker is made of; everything but the turn has a default. */
export interface BrokerOptions {
  readonly turn: Turn
  /** In memory by default. */
  readonly store?: Store
  readonly limits?: Partial<Limits>
  /** Silent by default. */
  readonly log?: Log
  /** Held bytes above which publishers are paused; by default a part of what the machine, container or heap has. */
  readonly memoryMarkBytes?: number
  /** Makes up names that cannot be guessed. */
  readonly randomId?: () => string
  /** By default guest with the password guest, from this machine only. */
  readonly defaultUser?: DefaultUser
  /** The type of queues that are declared without one, where their vhost has no other; "classic" by default. */
  readonly defaultQueueType?: QueueType
}

/** The rights of the broker itself. */
const EVERYTHING: Permissions = {
  version: 0,
  permission: () => new CompiledPermission(ALL_RIGHTS),
  topicPermission: () => undefined,
  limits: () => NO_USER_LIMITS,
}

const GUEST: DefaultUser = { name: "guest", password: "guest", loopbackOnly: true }

/** The broker itself: vhosts and users, and what all of them share. Opened and closed by whoever embeds it. */
export class BrokerCore implements Broker {
  readonly limits: Limits
  readonly turn: Turn
  readonly log: Log
  /** Users, their passwords and permissions. */
  readonly users = new UserRegistry()
  /** What has become of messages; for metrics. */
  readonly counters: Readonly<Counters>
  readonly #store: Store
  readonly #context: BrokerContext
  readonly #acknowledgements: Acknowledgements
  readonly #alarms = new Alarms((reason) => this.#block(reason))
  readonly #vhosts = new Map<string, Vhost>()
  readonly #connections: Connections
  readonly #anonymous: string

  constructor(options: BrokerOptions) {
    const { turn } = options
    this.turn = turn
    this.limits = { ...DEFAULT_LIMITS, ...options.limits }
    this.log = options.log ?? SILENT
    this.#store = options.store ?? new MemoryStore(turn)
    const journal = new Journal(this.#store)
    this.#acknowledgements = new Acknowledgements(turn, journal)
    const counters = newCounters()
    this.counters = counters
    const memoryMark = options.memoryMarkBytes ?? defaultMemoryMark()
    const memory = new HeldMemory(turn, memoryMark, (isShort) => this.#alarms.set("memory", isShort))
    const census = new Census()
    this.#connections = new Connections(memory, census, (session) => this.#acknowledgements.forget(session))
    this.#context = {
      turn,
      limits: this.limits,
      log: this.log,
      journal,
      memory,
      idle: new Idle(turn, journal),
      census,
      defaultQueueType: options.defaultQueueType ?? "classic",
      counters,
      expiring: new Set(),
      expiringSoon: new ExpiringSoon(turn),
      wills: new WillSchedule(turn),
      randomId: options.randomId ?? (() => randomBytes(16).toString("base64url")),
    }
    const { name, password, loopbackOnly } = options.defaultUser ?? GUEST
    this.#anonymous = name
    this.users.set({ name, tags: ["administrator"], credential: { kind: "password", password }, loopbackOnly })
    this.addVhost(DEFAULT_VHOST)
    this.users.permit(name, DEFAULT_VHOST, ALL_RIGHTS)
  }

  get blockedReason(): string | undefined {
    return this.#alarms.reason
  }

  /** What held messages occupy, in bytes; publishers are paused above the memory mark. */
  get heldBytes(): number {
    return this.#context.memory.heldBytes
  }

  /** Opens the store. Raises what the store raises. */
  async open(): Promise<void> {
    this.#store.onDurable((watermark) => {
      this.#context.journal.reached(watermark)
      this.#acknowledgements.reached(watermark)
      this.#context.idle.look()
    })
    this.#store.onFailed((cause) => {
      this.log.error("store-failed", { reason: cause.message, consequence: "durable messages are refused" })
      this.#context.journal.failed()
      this.#alarms.set("store", true)
      this.#context.idle.look()
    })
    await this.#store.open()
  }

  /** Waits for the store and for attempts to log in; nothing may be published any more. */
  async close(): Promise<void> {
    this.#context.wills.close()
    this.#context.expiringSoon.close()
    await this.users.settled()
    await this.#store.close()
  }

  connect(session: Session, _peer: Peer, _protocol: string): Connection {
    return this.#connections.open(session)
  }

  authenticate(
    credentials: { readonly username: string; readonly password: string } | "anonymous" | "certificate",
    peer: Peer,
    done: (user: User | undefined) => void,
  ): void {
    if (credentials === "certificate") {
      done(this.users.trusted(peer.certificateName, peer.isLoopback))
      return
    }
    if (credentials === "anonymous") {
      done(peer.isLoopback ? this.users.find(this.#anonymous) : undefined)
      return
    }
    this.users.authenticate(credentials.username, credentials.password, peer.isLoopback, done)
  }

  access(connection: Connection, user: User, name: string): Access {
    const vhost = this.#vhost(name)
    if (this.users.permission(user.name, name) === undefined) {
      throw new BrokerError("ACCESS_REFUSED", `access to vhost '${name}' refused for user '${user.name}'`, {
        scope: "connection",
      })
    }
    const rights = new Rights(this.users, user.name, name)
    this.#context.census.enter(connection.number, { user: user.name, vhost: name }, vhost.limits, rights.limits)
    return new VhostAccess(vhost, this.#context, rights, connection.number)
  }

  awaitStored(session: Session): void {
    this.#acknowledgements.await(session)
  }

  /** Called about once a second: drops what has expired, ends sessions. */
  tick(nowMs: number): void {
    const { expiring, expiringSoon, wills } = this.#context
    wills.publishDue(nowMs)
    expiringSoon.expire(nowMs)
    lookThrough(expiring, nowMs)
  }

  /** Makes a vhost of this name, if there is none. */
  addVhost(name: string): void {
    if (this.#vhosts.has(name)) return
    const header = (message: Message, entry: string) => formatOf(message.format).header(message, entry)
    this.#vhosts.set(name, new Vhost(name, this.#context, header))
  }

  /** What can be set in a vhost. Raises `NOT_FOUND`. */
  administer(vhost: string): Administration {
    return this.#vhost(vhost)
  }

  /**
   * Imports RabbitMQ's definitions (users, vhosts, permissions, policies, exchanges, queues, bindings), given as parsed
   * JSON; what is ignored is logged. Raises `DefinitionsError`.
   */
  importDefinitions(definitions: unknown): void {
    importDefinitions(definitions, {
      users: this.users,
      addVhost: (name) => this.addVhost(name),
      hasVhost: (name) => this.#vhosts.has(name),
      access: (name) => new VhostAccess(this.#vhost(name), this.#context, new Rights(EVERYTHING, "", name), 0),
      administer: (name) => this.administer(name),
      warn: (warning) => this.log.warn("definitions-ignored", { reason: warning }),
    })
  }

  /** The messages that are ready in a queue, in the order of their delivery, left where they are. Raises `NOT_FOUND`. */
  inspect(vhost: string, queue: string): readonly Message[] {
    return [...this.#vhost(vhost).existingQueue(queue).inspect()]
  }

  /** Resolved at the end of a turn in which nothing is undurable and no delivery is unsettled. */
  whenIdle(): Promise<void> {
    return this.#context.idle.whenIdle()
  }

  #vhost(name: string): Vhost {
    const vhost = this.#vhosts.get(name)
    if (vhost !== undefined) return vhost
    throw new BrokerError("NOT_FOUND", `vhost '${name}' not found`, { scope: "connection" })
  }

  #block(reason: string | undefined): void {
    if (reason === undefined) this.log.info("alarm-cleared")
    else this.log.warn("alarm", { reason })
    for (const session of this.#connections.sessions()) session.blocked(reason)
  }
}

/** Makes a broker; `open` it before use. */
export function createBrokerCore(options: BrokerOptions): BrokerCore {
  return new BrokerCore(options)
}
