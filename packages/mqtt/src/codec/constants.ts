/** Control packet types (MQTT 5.0 section 2.1.2). */
export const PACKET_TYPE = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
} as const

/** "publish" and so on. */
export type PacketName = keyof typeof PACKET_TYPE

/** Protocol levels (MQTT 5.0 section 3.1.2.2): 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5.0. */
export type ProtocolLevel = 3 | 4 | 5

/** Flags of CONNECT (MQTT 5.0 section 3.1.2.3). */
export const CONNECT_FLAG = {
  reserved: 0x01,
  cleanStart: 0x02,
  will: 0x04,
  willQos: 0x18,
  willRetain: 0x20,
  password: 0x40,
  username: 0x80,
} as const

/** Flags of PUBLISH in the fixed header (MQTT 5.0 section 3.3.1). */
export const PUBLISH_FLAG = { retain: 0x01, qos: 0x06, dup: 0x08 } as const

/** Subscription options (MQTT 5.0 section 3.8.3.1). */
export const SUBSCRIPTION_OPTION = {
  qos: 0x03,
  noLocal: 0x04,
  retainAsPublished: 0x08,
  retainHandling: 0x30,
  reserved: 0xc0,
} as const

/** Reason codes that this server sends or tells apart (MQTT 5.0 section 2.4). */
export const REASON = {
  success: 0x00,
  disconnectWithWill: 0x04,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  unspecifiedError: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecificError: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
} as const

/** One of the reason codes above. */
export type ReasonCode = (typeof REASON)[keyof typeof REASON]

/** Return codes of CONNACK before MQTT 5.0 (MQTT 3.1.1 section 3.2.2.3). */
export const RETURN_CODE = {
  accepted: 0,
  unacceptableProtocolVersion: 1,
  identifierRejected: 2,
  serverUnavailable: 3,
  badUserNameOrPassword: 4,
  notAuthorized: 5,
} as const

/** Failure of one filter in a SUBACK before MQTT 5.0 (MQTT 3.1.1 section 3.9.3). */
export const SUBSCRIBE_FAILURE = 0x80

/** Largest packet identifier, topic alias and Receive Maximum: a two byte integer. */
export const MAX_UINT16 = 65_535

/** Largest packet that can be written down: type, four bytes of remaining length, and what those can say (MQTT 5.0 section 2.1.4). */
export const MAX_PACKET_BYTES = 268_435_460

/** Session Expiry Interval that means "never" (MQTT 5.0 section 3.1.2.11.2). */
export const NEVER_EXPIRES = 0xffff_ffff
