/** Wire types of property values (MQTT 5.0 section 1.5); `pair` is the UTF-8 string pair. */
export type PropertyType = "byte" | "ushort" | "uint" | "varint" | "utf8" | "binary" | "pair"

/** Where a property may stand: a packet, or the will properties of CONNECT. */
export type PropertyPlace =
  | "CONNECT"
  | "CONNACK"
  | "PUBLISH"
  | "will"
  | "PUBACK"
  | "PUBREC"
  | "PUBREL"
  | "PUBCOMP"
  | "SUBSCRIBE"
  | "SUBACK"
  | "UNSUBSCRIBE"
  | "UNSUBACK"
  | "DISCONNECT"
  | "AUTH"

/** One line of the table of properties. */
export interface PropertySpec {
  readonly name: string
  /** Property identifier. */
  readonly id: number
  readonly type: PropertyType
  readonly places: readonly PropertyPlace[]
  /** Values of integers that are allowed; any of the type where absent. Another one is a protocol error. */
  readonly range?: readonly [min: number, max: number]
  /** Where there may be more than one; elsewhere a second one is a protocol error. */
  readonly repeats?: readonly PropertyPlace[]
}

const FLAG = [0, 1] as const
const USHORT_NOT_0 = [1, 0xffff] as const
const UINT_NOT_0 = [1, 0xffff_ffff] as const
const VARINT_NOT_0 = [1, 268_435_455] as const

const ANSWERS = [
  "CONNACK",
  "PUBACK",
  "PUBREC",
  "PUBREL",
  "PUBCOMP",
  "SUBACK",
  "UNSUBACK",
  "DISCONNECT",
  "AUTH",
] as const satisfies readonly PropertyPlace[]

const EVERYWHERE = [
  ...ANSWERS,
  "CONNECT",
  "PUBLISH",
  "will",
  "SUBSCRIBE",
  "UNSUBSCRIBE",
] as const satisfies readonly PropertyPlace[]

/** The properties, as in the table of MQTT 5.0 section 2.2.2.2; ranges and repetition from the sections of the packets. */
export const PROPERTIES = [
  { id: 0x01, name: "payload-format-indicator", type: "byte", places: ["PUBLISH", "will"], range: FLAG },
  { id: 0x02, name: "message-expiry-interval", type: "uint", places: ["PUBLISH", "will"] },
  { id: 0x03, name: "content-type", type: "utf8", places: ["PUBLISH", "will"] },
  { id: 0x08, name: "response-topic", type: "utf8", places: ["PUBLISH", "will"] },
  { id: 0x09, name: "correlation-data", type: "binary", places: ["PUBLISH", "will"] },
  {
    id: 0x0b,
    name: "subscription-identifier",
    type: "varint",
    places: ["PUBLISH", "SUBSCRIBE"],
    range: VARINT_NOT_0,
    repeats: ["PUBLISH"],
  },
  { id: 0x11, name: "session-expiry-interval", type: "uint", places: ["CONNECT", "CONNACK", "DISCONNECT"] },
  { id: 0x12, name: "assigned-client-identifier", type: "utf8", places: ["CONNACK"] },
  { id: 0x13, name: "server-keep-alive", type: "ushort", places: ["CONNACK"] },
  { id: 0x15, name: "authentication-method", type: "utf8", places: ["CONNECT", "CONNACK", "AUTH"] },
  { id: 0x16, name: "authentication-data", type: "binary", places: ["CONNECT", "CONNACK", "AUTH"] },
  { id: 0x17, name: "request-problem-information", type: "byte", places: ["CONNECT"], range: FLAG },
  { id: 0x18, name: "will-delay-interval", type: "uint", places: ["will"] },
  { id: 0x19, name: "request-response-information", type: "byte", places: ["CONNECT"], range: FLAG },
  { id: 0x1a, name: "response-information", type: "utf8", places: ["CONNACK"] },
  { id: 0x1c, name: "server-reference", type: "utf8", places: ["CONNACK", "DISCONNECT"] },
  { id: 0x1f, name: "reason-string", type: "utf8", places: ANSWERS },
  { id: 0x21, name: "receive-maximum", type: "ushort", places: ["CONNECT", "CONNACK"], range: USHORT_NOT_0 },
  { id: 0x22, name: "topic-alias-maximum", type: "ushort", places: ["CONNECT", "CONNACK"] },
  { id: 0x23, name: "topic-alias", type: "ushort", places: ["PUBLISH"] },
  { id: 0x24, name: "maximum-qos", type: "byte", places: ["CONNACK"], range: FLAG },
  { id: 0x25, name: "retain-available", type: "byte", places: ["CONNACK"], range: FLAG },
  { id: 0x26, name: "user-property", type: "pair", places: EVERYWHERE, repeats: EVERYWHERE },
  { id: 0x27, name: "maximum-packet-size", type: "uint", places: ["CONNECT", "CONNACK"], range: UINT_NOT_0 },
  { id: 0x28, name: "wildcard-subscription-available", type: "byte", places: ["CONNACK"], range: FLAG },
  { id: 0x29, name: "subscription-identifier-available", type: "byte", places: ["CONNACK"], range: FLAG },
  { id: 0x2a, name: "shared-subscription-available", type: "byte", places: ["CONNACK"], range: FLAG },
] as const satisfies readonly PropertySpec[]

/** Name of a property, as in the table, in lower case with hyphens. */
export type PropertyName = (typeof PROPERTIES)[number]["name"]

type ValueOf<Spec extends PropertySpec> = Spec["type"] extends "pair"
  ? readonly [name: string, value: string]
  : Spec["type"] extends "utf8"
    ? string
    : Spec["type"] extends "binary"
      ? Uint8Array
      : number

type Spec<Name extends PropertyName> = Extract<(typeof PROPERTIES)[number], { readonly name: Name }>

/** Properties of one packet by name; those that can repeat anywhere are lists, in wire order. */
export type Properties = {
  readonly [Name in PropertyName]?:
    | (Spec<Name> extends { readonly repeats: readonly PropertyPlace[] }
        ? readonly ValueOf<Spec<Name>>[]
        : ValueOf<Spec<Name>>)
    | undefined
}
