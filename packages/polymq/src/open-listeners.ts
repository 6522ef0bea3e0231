import type { Door } from "@polymq/broker"
import type { TlsIdentity, Transport } from "@polymq/transport"
import { ConfigurationError } from "./config/configuration-error.ts"
import { LISTENER_KINDS, type ListenerKind, type ListenerName, type Listeners, listenerUrl } from "./listeners.ts"

/** Names that clients of MQTT over WebSocket give the protocol (MQTT 5.0 section 6); the second is that of older ones. */
const MQTT_SUBPROTOCOLS = ["mqtt", "mqttv3.1"]

/** The doors of each protocol. Of those that share a port, the first answers bytes that are nobody's. */
export type Doors = Readonly<Record<ListenerKind["protocol"], () => Promise<readonly [Door, ...Door[]]>>>

/** What listeners are opened with. */
export interface ListenersRequest {
  readonly transport: Transport
  readonly listeners: Listeners
  readonly doors: Doors
  /** Undefined without TLS. */
  readonly identity: TlsIdentity | undefined
  readonly allowedOrigins: readonly string[]
  /** Whose name and password stand in the URLs of AMQP. */
  readonly user: { readonly name: string; readonly password: string }
}

/** Opens listeners one after the other and tells their URLs. Raises `ListenError`, and `ConfigurationError` without a certificate. */
export async function openListeners(request: ListenersRequest): Promise<Partial<Record<ListenerName, string>>> {
  const { transport, listeners, doors, identity, allowedOrigins, user } = request
  const wanted = Object.entries(listeners) as (readonly [ListenerName, NonNullable<Listeners[ListenerName]>])[]
  if (identity === undefined) {
    const secure = wanted.filter(([name]) => LISTENER_KINDS[name].isSecure)
    const problems = secure.map(([name]) => `listeners.${name} needs tls.certificate and tls.key`)
    if (problems.length > 0) throw new ConfigurationError(problems)
  }
  const urls: Partial<Record<ListenerName, string>> = {}
  for (const [name, { port = 0, host }] of wanted) {
    const { protocol, isSecure, path } = LISTENER_KINDS[name]
    const listening = await transport.listen({ name, port, host }, await doors[protocol](), {
      tls: isSecure ? identity : undefined,
      webSocket: path === undefined ? undefined : { path, subprotocols: MQTT_SUBPROTOCOLS, allowedOrigins },
    })
    urls[name] = listenerUrl(name, listening, protocol === "amqp" ? user : undefined)
  }
  return urls
}
