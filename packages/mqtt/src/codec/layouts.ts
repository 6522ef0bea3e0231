import type { PacketName } from "./constants.ts"
import { CONNECT_FLAG, PUBLISH_FLAG } from "./constants.ts"

/** How a field lies in the bytes (MQTT 5.0 section 1.5); the last four kinds take the rest of the packet. */
export type FieldKind =
  | "uint8"
  | "uint16"
  | "utf8"
  | "binary"
  | "properties"
  /** Properties that stay bytes, without their length. */
  | "block"
  /** Topic filters, each with its subscription options. */
  | "subscriptions"
  /** Topic filters. */
  | "filters"
  /** One reason code per filter. */
  | "codes"
  /** Application message. */
  | "payload"

/** One field of a packet; its place in the list is its place on the wire. */
export interface FieldLayout {
  readonly name: string
  readonly kind: FieldKind
  /** Not there before MQTT 5.0. */
  readonly since5?: true
  /** The packet may end before it; the reason code is then 0 and there are no properties. */
  readonly mayEnd?: true
  /** Only there when one of these bits of an earlier field is set. */
  readonly when?: { readonly field: "flags" | "connectFlags"; readonly mask: number }
}

/** One control packet. */
export interface PacketLayout {
  /** Fixed-header flags that the standard demands (MQTT 5.0 section 2.1.3); undefined where they carry information. */
  readonly flags: number | undefined
  readonly fields: readonly FieldLayout[]
}

const PACKET_ID = { name: "packetId", kind: "uint16" } as const
const PROPERTIES = { name: "properties", kind: "properties", since5: true } as const

/** Reason code and properties at the end, both of which may be left out (MQTT 5.0 sections 3.4.2.1, 3.14.2.1, 3.15.2.1). */
const REASON_TAIL = [
  { name: "reasonCode", kind: "uint8", since5: true, mayEnd: true },
  { name: "properties", kind: "properties", since5: true, mayEnd: true },
] as const

const ACKNOWLEDGEMENT = [PACKET_ID, ...REASON_TAIL] as const

const WILL = { field: "connectFlags", mask: CONNECT_FLAG.will } as const

/** Every control packet, field by field in wire order (MQTT 5.0 chapter 3; MQTT 3.1.1 has the same without `since5`). */
export const LAYOUTS = {
  connect: {
    flags: 0,
    fields: [
      { name: "protocolName", kind: "utf8" },
      { name: "protocolLevel", kind: "uint8" },
      { name: "connectFlags", kind: "uint8" },
      { name: "keepAliveSeconds", kind: "uint16" },
      PROPERTIES,
      { name: "clientId", kind: "utf8" },
      { name: "willProperties", kind: "block", since5: true, when: WILL },
      { name: "willTopic", kind: "utf8", when: WILL },
      { name: "willPayload", kind: "binary", when: WILL },
      { name: "username", kind: "utf8", when: { field: "connectFlags", mask: CONNECT_FLAG.username } },
      { name: "password", kind: "binary", when: { field: "connectFlags", mask: CONNECT_FLAG.password } },
    ],
  },
  connack: {
    flags: 0,
    fields: [{ name: "acknowledgeFlags", kind: "uint8" }, { name: "reasonCode", kind: "uint8" }, PROPERTIES],
  },
  publish: {
    flags: undefined,
    fields: [
      { name: "topicName", kind: "utf8" },
      { name: "packetId", kind: "uint16", when: { field: "flags", mask: PUBLISH_FLAG.qos } },
      PROPERTIES,
      { name: "payload", kind: "payload" },
    ],
  },
  puback: { flags: 0, fields: ACKNOWLEDGEMENT },
  pubrec: { flags: 0, fields: ACKNOWLEDGEMENT },
  pubrel: { flags: 2, fields: ACKNOWLEDGEMENT },
  pubcomp: { flags: 0, fields: ACKNOWLEDGEMENT },
  subscribe: {
    flags: 2,
    fields: [PACKET_ID, PROPERTIES, { name: "subscriptions", kind: "subscriptions" }],
  },
  suback: { flags: 0, fields: [PACKET_ID, PROPERTIES, { name: "codes", kind: "codes" }] },
  unsubscribe: { flags: 2, fields: [PACKET_ID, PROPERTIES, { name: "filters", kind: "filters" }] },
  unsuback: {
    flags: 0,
    fields: [PACKET_ID, PROPERTIES, { name: "codes", kind: "codes", since5: true }],
  },
  pingreq: { flags: 0, fields: [] },
  pingresp: { flags: 0, fields: [] },
  disconnect: { flags: 0, fields: REASON_TAIL },
  auth: { flags: 0, fields: REASON_TAIL },
} as const satisfies Readonly<Record<PacketName, PacketLayout>>
