import { DEFAULT_LIMITS, type Limits, QUEUE_TYPES } from "@polymq/broker"
import type { Profile } from "@polymq/convert"
import { LISTENER_KINDS, type ListenerName } from "../listeners.ts"
import { type Accepted, oneOf, orOff, text, texts, wholeNumber, yesOrNo } from "./accepted.ts"

const port = (name: ListenerName, what: string) =>
  orOff(wholeNumber(0, 65_535, LISTENER_KINDS[name].usualPort, `Port for ${what}; 0: any free port.`))

/** Off unless there is a certificate. */
const portWithCertificate = (name: ListenerName, what: string): Accepted<number | "off" | undefined> => {
  const when = `With a certificate ${LISTENER_KINDS[name].usualPort} when absent, without one off.`
  return { ...port(name, what), default: undefined, description: `Port for ${what}; 0: any free port. ${when}` }
}

/** Off unless somebody wants it. */
const portOnRequest = (name: ListenerName, what: string): Accepted<number | "off"> => {
  const when = `${LISTENER_KINDS[name].usualPort} is usual.`
  return { ...port(name, what), default: "off", description: `Port for ${what}; 0: any free port. ${when}` }
}

const HOST = text(undefined, "Address to listen on; 127.0.0.1 and ::1 when absent. Use 0.0.0.0 for every IPv4 address.")

const count = (key: keyof Limits, minimum: number, maximum: number, what: string) =>
  wholeNumber(minimum, maximum, DEFAULT_LIMITS[key], what)

const KIB = 1024
const GIB = 1024 ** 3
const HOUR_MS = 3_600_000

const limits = {
  maxMessageBytes: count("maxMessageBytes", 1, 512 * 1024 ** 2, "Largest message in bytes, all protocols."),
  maxPacketBytesBeforeLogin: count(
    "maxPacketBytesBeforeLogin",
    256,
    GIB,
    "Largest MQTT packet in bytes before the client has logged in.",
  ),
  maxFrameBytes: count("maxFrameBytes", 4 * KIB, 16 * 1024 ** 2, "Largest AMQP frame in bytes."),
  maxChannels: count("maxChannels", 1, 65_535, "Channels on one AMQP 0.9.1 connection."),
  handshakeTimeoutMs: count("handshakeTimeoutMs", 100, HOUR_MS, "Milliseconds from connecting to being logged in."),
  heartbeatSeconds: count("heartbeatSeconds", 0, 65_535, "Heartbeat offered to AMQP clients, in seconds; 0: none."),
  slowReaderBytes: count(
    "slowReaderBytes",
    4 * KIB,
    GIB,
    "Bytes waiting for one client's socket above which its consumers get nothing more.",
  ),
  slowReaderTimeoutMs: count(
    "slowReaderTimeoutMs",
    100,
    HOUR_MS,
    "Milliseconds after which a client is disconnected that reads nothing although bytes wait for it.",
  ),
  maxSessionExpirySeconds: count(
    "maxSessionExpirySeconds",
    0,
    4_294_967_294,
    "Longest life of an MQTT session after its connection, in seconds.",
  ),
  receiveMaximum: count(
    "receiveMaximum",
    1,
    65_535,
    "Unacknowledged publishes that an MQTT client may have under way.",
  ),
  maxInflight: count("maxInflight", 1, 65_535, "Unacknowledged deliveries under way to one MQTT client."),
  topicAliasMaximum: count("topicAliasMaximum", 0, 65_535, "Topic aliases that an MQTT 5.0 client may use."),
  maxTopicLevels: count(
    "maxTopicLevels",
    1,
    65_535,
    "Levels of an MQTT topic filter, and of the topic of a retained message.",
  ),
  maxSessionQos0Backlog: count(
    "maxSessionQos0Backlog",
    0,
    100_000_000,
    "Messages waiting for an MQTT client above which those of quality of service 0 are dropped.",
  ),
  maxSessionBacklog: count(
    "maxSessionBacklog",
    1,
    100_000_000,
    "Messages of quality of service 1 and 2 waiting for an MQTT client, or for a group that shares a subscription, above which the newest are dropped.",
  ),
  maxRetainedMessages: count("maxRetainedMessages", 0, 100_000_000, "Retained MQTT messages in one vhost."),
  maxRetainedBytes: count("maxRetainedBytes", 0, 1024 * GIB, "Bytes of retained MQTT messages in one vhost."),
} satisfies Record<keyof Limits, Accepted<number>>

/** Everything that can be configured: the one description that checking, environment names and the reference page come from. */
export const CONFIGURATION = {
  listeners: {
    amqp: { port: port("amqp", "AMQP 0.9.1 and AMQP 1.0"), host: HOST },
    amqps: { port: portWithCertificate("amqps", "AMQP 0.9.1 and AMQP 1.0 over TLS"), host: HOST },
    mqtt: { port: port("mqtt", "MQTT 3.1.1 and 5.0"), host: HOST },
    mqtts: { port: portWithCertificate("mqtts", "MQTT 3.1.1 and 5.0 over TLS"), host: HOST },
    ws: { port: portOnRequest("ws", "MQTT over WebSocket, path /ws"), host: HOST },
    wss: { port: portOnRequest("wss", "MQTT over WebSocket and TLS, path /ws"), host: HOST },
  },
  tls: {
    certificate: text(undefined, "PEM file of the broker's certificate, followed by those that lead to its authority."),
    key: text(undefined, "PEM file of the certificate's private key, without a passphrase."),
    certificateAuthority: text(
      undefined,
      "PEM file of the authorities whose certificates clients may show. Without it they are not asked for one.",
    ),
    verifyPeer: yesOrNo(false, "Whether clients that show no certificate are refused. Bad ones always are."),
  },
  webSocket: {
    allowedOrigins: texts("Origins of web pages that may connect, besides those of this machine; `*` for all."),
  },
  defaultUser: {
    name: text("guest", "Name of the user that exists from the start."),
    password: text("guest", "Its password."),
  },
  definitions: text(
    undefined,
    "Path of a definitions file (RabbitMQ's JSON): users, vhosts, permissions, limits, policies, exchanges, queues, bindings. In a configuration file: from the folder of that file.",
  ),
  defaultQueueType: oneOf(
    QUEUE_TYPES,
    "classic",
    "Type of queues that are declared without one and can be of it, where their vhost has no default type of its own.",
  ),
  profile: oneOf<Profile>(
    ["documented", "rabbitmq-4.3"],
    "documented",
    "Conversion rules between protocols: the specification to the letter, or what RabbitMQ 4.3 does.",
  ),
  limits,
  log: { level: oneOf(["debug", "info", "warn", "error", "silent"], "info", "Least level that is logged.") },
}

type ValuesOf<Schema> =
  Schema extends Accepted<infer Value> ? Value : { readonly [Key in keyof Schema]: ValuesOf<Schema[Key]> }

/** A configuration with every default filled in. */
export type Configuration = ValuesOf<typeof CONFIGURATION>
