import type { Broker, Door, Peer, Session } from "@polymq/broker"
import { CollectingOutbound, LOOPBACK } from "@polymq/testkit"
import { type ArgumentType, LAYOUTS } from "../codec/layouts.ts"
import type { ArgumentsOf, MethodName } from "../codec/methods.ts"
import { contentFrames, methodFrame, readFrames } from "./frames.ts"

/** What a client sees, one line of a script: a method with its arguments, a content header, a body, a heartbeat. */
export type Seen =
  | readonly [channel: number, method: MethodName, methodArguments: object]
  | readonly [channel: number, what: "header", bodyBytes: number, properties: string]
  | readonly [channel: number, what: "body", text: string]
  | readonly ["heartbeat"]

const EMPTY: Readonly<Record<ArgumentType, unknown>> = {
  bit: false,
  octet: 0,
  short: 0,
  long: 0,
  longlong: 0,
  shortstr: "",
  longstr: new Uint8Array(0),
  table: new Map(),
  "reserved bit": undefined,
  "reserved short": undefined,
  "reserved shortstr": undefined,
  "reserved longstr": undefined,
}

/** Arguments of a method with what the test names; the rest is empty, zero or false. */
export function filled<Name extends MethodName>(name: Name, named: Partial<ArgumentsOf<Name>>): ArgumentsOf<Name> {
  const types = Object.entries<ArgumentType>(LAYOUTS[name].arguments)
  const empty = types.map(([argument, type]) => [argument, EMPTY[type]] as const)
  return { ...Object.fromEntries(empty), ...named } as unknown as ArgumentsOf<Name>
}

/** The protocol header of AMQP 0.9.1 (4.2.2). */
export const HEADER = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

/** Client properties of a client that knows all of RabbitMQ's extensions. */
const CAPABLE = new Map([
  [
    "capabilities",
    new Map([
      ["authentication_failure_close", true],
      ["connection.blocked", true],
      ["consumer_cancel_notify", true],
    ]),
  ],
])

/** One scripted AMQP 0.9.1 client over an outbound that collects what the session writes. */
export class ScriptedPeer {
  readonly outbound = new CollectingOutbound()
  readonly session: Session
  readonly #endTurn: () => void

  constructor(door: Door, broker: Broker, endTurn: () => void, peer: Peer = LOOPBACK) {
    this.#endTurn = endTurn
    this.session = door.open(peer, this.outbound, broker)
  }

  /** Sends bytes as they are; the session may keep them. */
  bytes(bytes: Uint8Array): void {
    const own = Uint8Array.from(bytes)
    this.session.receive(own, 0, own.length)
  }

  send<Name extends MethodName>(channel: number, name: Name, named: Partial<ArgumentsOf<Name>> = {}): void {
    this.bytes(methodFrame(channel, name, filled(name, named)))
  }

  /** Sends a method, ends the turn, and returns what was written meanwhile. */
  ask<Name extends MethodName>(channel: number, name: Name, named: Partial<ArgumentsOf<Name>> = {}): Seen[] {
    this.send(channel, name, named)
    return this.take()
  }

  publish(
    channel: number,
    named: Partial<ArgumentsOf<"basic.publish">>,
    body: string,
    content: { readonly properties?: Uint8Array; readonly frameBytes?: number } = {},
  ): void {
    this.bytes(
      Buffer.concat([
        methodFrame(channel, "basic.publish", filled("basic.publish", named)),
        contentFrames(channel, body, content),
      ]),
    )
  }

  /** Ends the turn and returns what was written since the last look. */
  take(): Seen[] {
    this.#endTurn()
    return readFrames(this.outbound.take()).map((frame): Seen => {
      if ("heartbeat" in frame) return ["heartbeat"]
      if ("method" in frame) return [frame.channel, frame.method.name, frame.method.arguments]
      if ("header" in frame) return [frame.channel, "header", frame.header.bodyBytes, frame.header.properties]
      return [frame.channel, "body", frame.body]
    })
  }

  /** Names of the methods and the texts of the bodies among what was written. */
  names(): string[] {
    return this.take().map((seen) => (seen[0] === "heartbeat" ? seen[0] : seen[1] === "body" ? seen[2] : seen[1]))
  }

  /** Sends the protocol header and logs in. */
  login({
    username = "guest",
    password = "guest",
    clientProperties = CAPABLE as ArgumentsOf<"connection.start-ok">["clientProperties"],
  } = {}): Seen[] {
    this.bytes(HEADER)
    this.take()
    const response = Buffer.from(`\0${username}\0${password}`)
    return this.ask(0, "connection.start-ok", { clientProperties, mechanism: "PLAIN", response, locale: "en_US" })
  }

  /** Goes through the whole handshake and opens the channels. */
  open({ frameMax = 131_072, heartbeat = 0, channels = [1] } = {}): this {
    this.login()
    this.send(0, "connection.tune-ok", { channelMax: 2047, frameMax, heartbeat })
    this.send(0, "connection.open", { virtualHost: "/" })
    for (const channel of channels) this.send(channel, "channel.open")
    this.take()
    return this
  }
}
