/** Where a listener accepts connections. */
export interface ListenerOptions {
  /** 0, the default: any free port. */
  readonly port?: number
  /** Address to listen on; 127.0.0.1 and ::1 when absent. */
  readonly host?: string | undefined
}

/**
 * What a broker can listen for: AMQP 0.9.1 and 1.0, told apart by their headers, MQTT 3.1.1 and 5.0, and these in
 * WebSockets; each plain and over TLS.
 */
export type ListenerName = "amqp" | "amqps" | "mqtt" | "mqtts" | "ws" | "wss"

/** The listeners that are opened when nobody says which. */
export type DefaultListener = "amqp" | "mqtt"

/** The listeners of a broker; those that are not mentioned are not opened. */
export type Listeners = Readonly<Partial<Record<ListenerName, ListenerOptions>>>

/** What a listener is. */
export interface ListenerKind {
  /** What its clients speak. */
  readonly protocol: "amqp" | "mqtt"
  readonly isSecure: boolean
  /** Path of its WebSockets; undefined when there are none. */
  readonly path: string | undefined
  /** The port that clients try when they are not told another. */
  readonly usualPort: number
}

/** All there are. */
export const LISTENER_KINDS: Readonly<Record<ListenerName, ListenerKind>> = {
  amqp: { protocol: "amqp", isSecure: false, path: undefined, usualPort: 5672 },
  amqps: { protocol: "amqp", isSecure: true, path: undefined, usualPort: 5671 },
  mqtt: { protocol: "mqtt", isSecure: false, path: undefined, usualPort: 1883 },
  mqtts: { protocol: "mqtt", isSecure: true, path: undefined, usualPort: 8883 },
  ws: { protocol: "mqtt", isSecure: false, path: "/ws", usualPort: 15_675 },
  wss: { protocol: "mqtt", isSecure: true, path: "/ws", usualPort: 15_676 },
}

/** Addresses that mean every interface; a client needs one of them. */
const EVERY_INTERFACE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

/** The URL that clients on this machine use. */
export function listenerUrl(
  name: ListenerName,
  { host, port }: { readonly host: string; readonly port: number },
  user: { readonly name: string; readonly password: string } | undefined,
): string {
  const address = EVERY_INTERFACE[host] ?? host
  const credentials = user === undefined ? "" : `${encodeURIComponent(user.name)}:${encodeURIComponent(user.password)}@`
  const { path = "" } = LISTENER_KINDS[name]
  return `${name}://${credentials}${address.includes(":") ? `[${address}]` : address}:${port}${path}`
}
