/** What peers may make the broker hold or do. */
export interface Limits {
  /** Largest message in bytes, all protocols. */
  readonly maxMessageBytes: number
  /** Largest MQTT packet before CONNECT is accepted, in bytes. */
  readonly maxPacketBytesBeforeLogin: number
  /** Largest AMQP frame in bytes, offered in negotiation. */
  readonly maxFrameBytes: number
  readonly maxChannels: number
  /** Time from connect to the end of the handshake. */
  readonly handshakeTimeoutMs: number
  /** Offered in negotiation; 0 switches heartbeats off. */
  readonly heartbeatSeconds: number
  /** Bytes pending to a socket above which its consumers get nothing more; nothing is read above twice as many and `maxMessageBytes`. */
  readonly slowReaderBytes: number
  /** Time after which a connection is closed whose socket has taken nothing while bytes were pending, unless the broker has paused it. */
  readonly slowReaderTimeoutMs: number
  /** Longest MQTT session expiry that is granted, in seconds. */
  readonly maxSessionExpirySeconds: number
  /** Unacknowledged QoS 1 and 2 publishes that an MQTT client may have under way (Receive Maximum of the server). */
  readonly receiveMaximum: number
  /** Deliveries under way to one MQTT client, whatever larger Receive Maximum it names. */
  readonly maxInflight: number
  readonly topicAliasMaximum: number
  /** Messages waiting for an MQTT client; above it QoS 0 messages are dropped. */
  readonly maxSessionQos0Backlog: number
  /** Messages of QoS 1 and 2 waiting for an MQTT client or a share group, connected or not; above it the newest are dropped. */
  readonly maxSessionBacklog: number
  /** Levels of an MQTT topic filter, and of the topic of a retained message. */
  readonly maxTopicLevels: number
  readonly maxRetainedMessages: number
  readonly maxRetainedBytes: number
}

/** The defaults; the field's usual values. */
export const DEFAULT_LIMITS: Limits = {
  maxMessageBytes: 16 * 1024 * 1024,
  maxPacketBytesBeforeLogin: 64 * 1024,
  maxFrameBytes: 131_072,
  maxChannels: 2047,
  handshakeTimeoutMs: 10_000,
  heartbeatSeconds: 60,
  slowReaderBytes: 1024 * 1024,
  slowReaderTimeoutMs: 15_000,
  maxSessionExpirySeconds: 86_400,
  receiveMaximum: 1000,
  maxInflight: 1000,
  topicAliasMaximum: 16,
  maxSessionQos0Backlog: 10_000,
  maxSessionBacklog: 100_000,
  maxTopicLevels: 128,
  maxRetainedMessages: 100_000,
  maxRetainedBytes: 1024 * 1024 * 1024,
}
