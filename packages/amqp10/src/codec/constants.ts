/** The first four octets of a protocol header (AMQP 1.0 part 2, 2.2). */
export const HEADER_MAGIC = 0x414d_5150

/** Octets of a protocol header: "AMQP", protocol id, major, minor, revision. */
export const HEADER_BYTES = 8

/** Protocol ids of a header (part 2, 2.2; part 5, 5.2.1 and 5.3.1). */
export const PROTOCOL_ID = { amqp: 0, tls: 2, sasl: 3 } as const

/** Opens AMQP without a security layer. */
export const AMQP_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, PROTOCOL_ID.amqp, 1, 0, 0)

/** Opens the SASL layer. */
export const SASL_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, PROTOCOL_ID.sasl, 1, 0, 0)

/** Frame types (part 2, 2.3.1; part 5, 5.3.1). */
export const FRAME_TYPE = { amqp: 0, sasl: 1 } as const

/** Size, data offset, type and channel (part 2, 2.3.1). */
export const FRAME_HEADER_BYTES = 8

/** Smallest DOFF: the frame header in four-byte words. */
export const MIN_DATA_OFFSET = 2

/** Least max-frame-size a peer may name (part 2, 2.8.19). */
export const MIN_MAX_FRAME_BYTES = 512

/** Largest frame before open, SASL frames included; RabbitMQ's figure, well above MIN-MAX-FRAME-SIZE. */
export const INITIAL_MAX_FRAME_BYTES = 8192

/** Largest delivery-tag in octets (part 2, 2.8.7). */
export const MAX_DELIVERY_TAG_BYTES = 32

/** A frame without a body: keeps the connection alive (part 2, 2.4.5). */
export const EMPTY_FRAME: Uint8Array = Uint8Array.of(0, 0, 0, FRAME_HEADER_BYTES, MIN_DATA_OFFSET, 0, 0, 0)

/** role (part 2, 2.8.1): who sends what the performative is about. */
export const ROLE = { sender: false, receiver: true } as const

/** sender-settle-mode (part 2, 2.8.2). */
export const SENDER_SETTLE_MODE = { unsettled: 0, settled: 1, mixed: 2 } as const

/** receiver-settle-mode (part 2, 2.8.3). */
export const RECEIVER_SETTLE_MODE = { first: 0, second: 1 } as const

/** sasl-code (part 5, 5.3.3.6). */
export const SASL_CODE = { ok: 0, auth: 1, sys: 2, sysPerm: 3, sysTemp: 4 } as const

/** Error conditions (part 2, 2.8.15 to 2.8.18). */
export const CONDITION = {
  internalError: "amqp:internal-error",
  notFound: "amqp:not-found",
  unauthorizedAccess: "amqp:unauthorized-access",
  decodeError: "amqp:decode-error",
  resourceLimitExceeded: "amqp:resource-limit-exceeded",
  notAllowed: "amqp:not-allowed",
  invalidField: "amqp:invalid-field",
  notImplemented: "amqp:not-implemented",
  resourceLocked: "amqp:resource-locked",
  preconditionFailed: "amqp:precondition-failed",
  resourceDeleted: "amqp:resource-deleted",
  illegalState: "amqp:illegal-state",
  connectionForced: "amqp:connection:forced",
  framingError: "amqp:connection:framing-error",
  windowViolation: "amqp:session:window-violation",
  errantLink: "amqp:session:errant-link",
  handleInUse: "amqp:session:handle-in-use",
  unattachedHandle: "amqp:session:unattached-handle",
  detachForced: "amqp:link:detach-forced",
  transferLimitExceeded: "amqp:link:transfer-limit-exceeded",
  messageSizeExceeded: "amqp:link:message-size-exceeded",
  stolen: "amqp:link:stolen",
} as const

export type Condition = (typeof CONDITION)[keyof typeof CONDITION]

/** Symbols of capabilities and outcomes that both sides name. */
export const SYMBOL = {
  anonymousRelay: "ANONYMOUS-RELAY",
  linkPair: "LINK_PAIR_V1_0",
  temporaryQueue: "temporary-queue",
  volatileQueue: "rabbitmq:volatile-queue",
  accepted: "amqp:accepted:list",
  rejected: "amqp:rejected:list",
  released: "amqp:released:list",
  modified: "amqp:modified:list",
} as const

/** Largest value of a uint. */
export const MAX_UINT32 = 0xffff_ffff
