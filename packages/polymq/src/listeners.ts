/** Where a listener accepts connections. */
export interface ListenerOptions {
  /** 0, the default: any free port. */
  readonly port?: number
  /** Address to listen on; 127.0.0.1 and ::1 when absent. */
  readonly host?: string | undefined
}

/** What a broker can listen for: AMQP 0.9.1 and 1.0, told apart by their headers, and MQTT 3.1.1 and 5.0. */
export type ListenerName = "amqp" | "mqtt"

/** The listeners of a broker; those that are not mentioned are not opened. */
export type Listeners = Readonly<Partial<Record<ListenerName, ListenerOptions>>>

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
  return `${name}://${credentials}${address.includes(":") ? `[${address}]` : address}:${port}`
}
