import type { User } from "@polymq/broker"
import { FRAME_TYPE } from "../codec/constants.ts"
import type { MethodName } from "../codec/methods.ts"
import type { Channels } from "./channels.ts"
import type { Handshake } from "./handshake.ts"
import type { Heartbeat } from "./heartbeat.ts"
import type { Negotiated } from "./negotiation.ts"
import type { PublishAlarm } from "./publish-alarm.ts"

/** Where a handshake stands (2.2.4). */
export type HandshakeState =
  /** The protocol header is expected. */
  | { readonly kind: "connected" }
  /** connection.start is sent. */
  | { readonly kind: "starting" }
  /** The broker checks the credentials. */
  | { readonly kind: "authenticating" }
  /** connection.tune is sent. */
  | { readonly kind: "tuning"; readonly user: User }
  /** connection.open is expected. */
  | { readonly kind: "opening"; readonly user: User; readonly negotiated: Negotiated }
  /** The connection has opened or ended. */
  | { readonly kind: "over" }

/** Where a connection stands. */
export type ConnectionState =
  | { readonly kind: "handshake"; readonly handshake: Handshake }
  | OpenState
  /** connection.close is sent; everything but close-ok is discarded, or everything when frames can no longer be told apart. */
  | { readonly kind: "closing"; readonly reason: string; readonly untilMs: number; readonly isDeaf: boolean }
  | { readonly kind: "closed" }

/** What an open connection consists of. */
interface OpenState {
  readonly kind: "open"
  readonly channels: Channels
  readonly alarm: PublishAlarm
  readonly heartbeat: Heartbeat
}

/** A state of a handshake, or of the connection behind it. */
export type Standing = HandshakeState["kind"] | Exclude<ConnectionState["kind"], "handshake">

/** Methods of channel 0 that are legal in each state. */
export const CONNECTION_INPUT: Readonly<Record<Standing, ReadonlySet<MethodName>>> = {
  connected: new Set(),
  starting: new Set<MethodName>(["connection.start-ok", "connection.close"]),
  authenticating: new Set<MethodName>(["connection.close"]),
  tuning: new Set<MethodName>(["connection.tune-ok", "connection.close"]),
  opening: new Set<MethodName>(["connection.open", "connection.close"]),
  over: new Set(),
  open: new Set<MethodName>(["connection.close", "connection.update-secret"]),
  closing: new Set<MethodName>(["connection.close", "connection.close-ok"]),
  closed: new Set(),
}

/** What a channel expects next: a method, or the rest of the content of a basic.publish (4.2.6). */
export type Expected = "method" | "header" | "body"

/** The frame type that is legal for each expectation, and RabbitMQ's words when another one comes. */
export const CHANNEL_INPUT: Readonly<Record<Expected, { readonly frame: number; readonly words: string }>> = {
  method: { frame: FRAME_TYPE.method, words: "expected method frame, got non method frame instead" },
  header: {
    frame: FRAME_TYPE.header,
    words: "expected content header for class 60, got non content header frame instead",
  },
  body: { frame: FRAME_TYPE.body, words: "expected content body, got non content body frame instead" },
}

/** Where a channel stands; a channel that is not in the connection's list is closed. */
export type ChannelState =
  | "open"
  /** channel.close is sent; everything but close-ok and close is discarded (1.5.2.5). */
  | "closing"
