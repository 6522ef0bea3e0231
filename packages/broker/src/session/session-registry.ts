import type { Publisher } from "../access/publisher.ts"
import type { SessionRequest } from "../api/client-session.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Exchange } from "../exchange/exchange.ts"
import type { Expirable } from "../expirable.ts"
import { LookupLine } from "./lookup-line.ts"
import type { RetainedMessages } from "./retained-messages.ts"
import { Session } from "./session.ts"
import type { SessionHome } from "./session-home.ts"
import { ShareGroups } from "./share-groups.ts"

const MS_PER_SECOND = 1000

interface Residence {
  readonly session: Session
  /** How long the session lives on after the connection. */
  expirySeconds: number
  /** When an absent client's session ends; Infinity while it is connected. */
  endsAtMs: number
}

/** The sessions of a vhost by client identifier: opening, taking over, waiting for absent clients, ending. */
export class SessionRegistry implements SessionHome, Expirable {
  readonly topicExchange: Exchange
  readonly shareGroups: ShareGroups
  readonly retained: RetainedMessages
  readonly lookupLine: LookupLine
  readonly #context: BrokerContext
  readonly #residences = new Map<string, Residence>()
  readonly #absent = new Set<Residence>()

  constructor(topicExchange: Exchange, retained: RetainedMessages, context: BrokerContext) {
    this.topicExchange = topicExchange
    this.shareGroups = new ShareGroups(topicExchange, context)
    this.retained = retained
    this.lookupLine = new LookupLine(context.turn)
    this.#context = context
  }

  get size(): number {
    return this.#residences.size
  }

  /** Opens, resumes or takes over a session (MQTT 5.0 section 3.1.4). */
  open(request: SessionRequest, publisher: Publisher): { readonly session: Session; readonly present: boolean } {
    const earlier = this.#residences.get(request.clientId)
    const present = earlier !== undefined && this.#goesOn(earlier, request.cleanStart)
    const residence = present ? earlier : this.#settle(request, publisher)
    residence.expirySeconds = request.expirySeconds
    residence.session.will.belongsTo(publisher, request.consumer.connection)
    residence.session.attach(request.consumer)
    return { session: residence.session, present }
  }

  released(session: Session, ending: { readonly will: "publish" | "discard"; readonly expirySeconds: number }): void {
    const residence = this.#residences.get(session.clientId)
    if (residence?.session !== session) return
    session.disconnect()
    residence.expirySeconds = ending.expirySeconds
    if (ending.will === "discard") session.will.set(undefined)
    if (ending.expirySeconds === 0) {
      this.#end(residence)
      return
    }
    residence.endsAtMs = this.#context.turn.nowMs() + ending.expirySeconds * MS_PER_SECOND
    session.will.wait(ending.expirySeconds)
    this.#absent.add(residence)
    this.#context.expiring.add(this)
  }

  expire(nowMs: number): boolean {
    for (const residence of this.#absent) {
      if (residence.endsAtMs <= nowMs) this.#end(residence)
    }
    return this.#absent.size > 0
  }

  /** Ends the earlier connection's use; true when its session goes on for the new one. */
  #goesOn(earlier: Residence, cleanStart: boolean): boolean {
    const { session } = earlier
    const consumer = session.disconnect()
    const goesOn = !cleanStart && earlier.expirySeconds > 0
    if (!goesOn) {
      this.#end(earlier)
    } else {
      // A connection within the delay cancels the will; one without delay was due when the earlier connection was cut off.
      if (session.will.isImmediate) session.will.publish()
      else session.will.set(undefined)
      this.#absent.delete(earlier)
      earlier.endsAtMs = Number.POSITIVE_INFINITY
    }
    consumer?.cancelled("taken-over")
    return goesOn
  }

  #settle(request: SessionRequest, publisher: Publisher): Residence {
    const session = new Session(request.clientId, request.expirySeconds > 0, this, this.#context, publisher)
    const residence = { session, expirySeconds: request.expirySeconds, endsAtMs: Number.POSITIVE_INFINITY }
    this.#residences.set(request.clientId, residence)
    return residence
  }

  /** A will is published at the latest when its session ends (MQTT 5.0 section 3.1.3.2.2). */
  #end(residence: Residence): void {
    this.#absent.delete(residence)
    this.#residences.delete(residence.session.clientId)
    residence.session.end()
    residence.session.will.publish()
  }
}
