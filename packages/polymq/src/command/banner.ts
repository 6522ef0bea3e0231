import type { ListenerName } from "../listeners.ts"

/** What a started broker tells its operator. */
export interface Started {
  readonly version: string
  readonly urls: Readonly<Partial<Record<ListenerName, string>>>
  readonly user: { readonly name: string; readonly isWellKnown: boolean }
}

const LABELS: Readonly<Record<ListenerName, string>> = {
  amqp: "AMQP 0.9.1, 1.0",
  amqps: "AMQP over TLS",
  mqtt: "MQTT 3.1.1, 5.0",
  mqtts: "MQTT over TLS",
  ws: "MQTT, WebSocket",
  wss: "WebSocket over TLS",
}
const LABEL_WIDTH = 18

/** The screen that `polymq start` shows when every listener accepts connections. */
export function banner({ version, urls, user }: Started): string {
  const listeners = (Object.keys(LABELS) as readonly ListenerName[]).flatMap((name) => {
    const url = urls[name]
    return url === undefined ? [] : [`  ${LABELS[name].padEnd(LABEL_WIDTH)} ${url}`]
  })
  const credentials = user.isWellKnown
    ? `user ${user.name}, password ${user.name}, from this machine only; MQTT clients may leave both out`
    : `user ${user.name}, password as configured`
  return `PolyMQ ${version} is ready

${listeners.join("\n")}

  Log in as ${credentials}.
  Messages are kept in memory: nothing survives a restart yet.
  Ctrl+C stops the broker.
`
}
