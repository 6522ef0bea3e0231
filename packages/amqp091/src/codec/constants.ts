/** The eight octets a client opens a connection with (AMQP 0.9.1, 4.2.2). */
export const PROTOCOL_HEADER: Uint8Array = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

/** Frame types (2.3.5). */
export const FRAME_TYPE = { method: 1, header: 2, body: 3, heartbeat: 8 } as const

/** Type, channel and size before the payload of a frame (2.3.5). */
export const FRAME_HEADER_BYTES = 7

/** Frame header and frame-end octet around the payload. */
export const FRAME_OVERHEAD_BYTES = 8

/** The octet every frame ends with (4.2.3). */
export const FRAME_END = 0xce

/** Least value of frame-max that is negotiated, and the limit before it is (RabbitMQ 4.1; the specification says 4 096). */
export const MIN_FRAME_BYTES = 8192

/** Octets of a content header before the property flags: class, weight, body size (4.2.6.1). */
export const CONTENT_HEADER_BYTES = 12

/** Number of the Basic class, the only one with content. */
export const BASIC_CLASS = 60

/** A whole heartbeat frame (4.2.7). */
export const HEARTBEAT_FRAME: Uint8Array = Uint8Array.of(FRAME_TYPE.heartbeat, 0, 0, 0, 0, 0, 0, FRAME_END)

/** Bit of the property flags that announces reply-to (4.2.6.1). */
export const REPLY_TO_FLAG = 1 << 9

/** Bit of the property flags that announces user-id (4.2.6.1). */
export const USER_ID_FLAG = 1 << 4

/** Reply codes in the order of the specification (1.2); `ends` is what an error with this code closes. */
export const REPLY = {
  REPLY_SUCCESS: { code: 200, ends: "nothing" },
  CONTENT_TOO_LARGE: { code: 311, ends: "channel" },
  NO_ROUTE: { code: 312, ends: "nothing" },
  NO_CONSUMERS: { code: 313, ends: "channel" },
  CONNECTION_FORCED: { code: 320, ends: "connection" },
  INVALID_PATH: { code: 402, ends: "connection" },
  ACCESS_REFUSED: { code: 403, ends: "channel" },
  NOT_FOUND: { code: 404, ends: "channel" },
  RESOURCE_LOCKED: { code: 405, ends: "channel" },
  PRECONDITION_FAILED: { code: 406, ends: "channel" },
  FRAME_ERROR: { code: 501, ends: "connection" },
  SYNTAX_ERROR: { code: 502, ends: "connection" },
  COMMAND_INVALID: { code: 503, ends: "connection" },
  CHANNEL_ERROR: { code: 504, ends: "connection" },
  UNEXPECTED_FRAME: { code: 505, ends: "connection" },
  RESOURCE_ERROR: { code: 506, ends: "connection" },
  NOT_ALLOWED: { code: 530, ends: "connection" },
  NOT_IMPLEMENTED: { code: 540, ends: "connection" },
  INTERNAL_ERROR: { code: 541, ends: "connection" },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly ends: string }>>

/** Name of a reply code, as RabbitMQ puts it in front of the reply text. */
export type ReplyName = keyof typeof REPLY
