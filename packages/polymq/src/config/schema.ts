import { DEFAULT_LIMITS, type Limits } from "@polymq/broker"
import { z } from "zod"

const port = (number: number, what: string) =>
  z
    .union([z.int().min(0).max(65_535), z.literal("off")])
    .default(number)
    .describe(what)

const host = z.string().min(1).optional()

const HOST = "Address to listen on; 127.0.0.1 and ::1 when absent. Use 0.0.0.0 for every IPv4 address."

const count = (key: keyof Limits, minimum: number, maximum: number, what: string) =>
  z.int().min(minimum).max(maximum).default(DEFAULT_LIMITS[key]).describe(what)

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
  maxTopicLevels: count("maxTopicLevels", 1, 65_535, "Levels of an MQTT topic, or words of a routing key."),
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
    "Messages of quality of service 1 and 2 waiting for an MQTT client above which the newest are dropped for it.",
  ),
  maxRetainedMessages: count("maxRetainedMessages", 0, 100_000_000, "Retained MQTT messages in one vhost."),
  maxRetainedBytes: count("maxRetainedBytes", 0, 1024 * GIB, "Bytes of retained MQTT messages in one vhost."),
} satisfies Record<keyof Limits, z.ZodType>

/** Everything that can be configured: the one description that checking, environment names and the reference page come from. */
export const configurationSchema = z.strictObject({
  listeners: z
    .strictObject({
      amqp: z
        .strictObject({ port: port(5672, "Port for AMQP 0.9.1; 0: any free port."), host: host.describe(HOST) })
        .prefault({}),
      mqtt: z
        .strictObject({ port: port(1883, "Port for MQTT 3.1.1 and 5.0; 0: any free port."), host: host.describe(HOST) })
        .prefault({}),
    })
    .prefault({}),
  defaultUser: z
    .strictObject({
      name: z.string().min(1).default("guest").describe("Name of the user that exists from the start."),
      password: z.string().min(1).default("guest").describe("Its password."),
    })
    .prefault({}),
  definitions: z
    .string()
    .min(1)
    .optional()
    .describe("Path of a definitions file (RabbitMQ's JSON): users, vhosts, permissions, exchanges, queues, bindings."),
  profile: z
    .enum(["documented"])
    .default("documented")
    .describe("Conversion rules between protocols: the specification to the letter."),
  limits: z.strictObject(limits).prefault({}),
  log: z
    .strictObject({
      level: z
        .enum(["debug", "info", "warn", "error", "silent"])
        .default("info")
        .describe("Least level that is logged."),
    })
    .prefault({}),
})

/** A configuration with every default filled in. */
export type Configuration = z.output<typeof configurationSchema>
