import { AMQP10_DESCRIPTORS } from "@polymq/message"

/** A primitive type, or the archetype that a described value must provide. */
export type FieldType =
  | "boolean"
  | "ubyte"
  | "ushort"
  | "uint"
  | "ulong"
  | "string"
  | "symbol"
  | "binary"
  | "map"
  | "error"
  | "source"
  | "target"
  | "deliveryState"

/** One field of a composite type; its place in the list is its place in the table. */
export interface FieldLayout {
  readonly name: string
  readonly type: FieldType
  readonly mandatory?: true
  /** One value or an array of them. */
  readonly multiple?: true
  /** Stands for an absent field. */
  readonly default?: boolean | number | string
}

/** One composite type: a described list (AMQP 1.0 part 1, 1.4). */
export interface CompositeLayout {
  /** The descriptor's number; its symbolic form is known to the type system of the amqp10 format. */
  readonly code: number
  readonly fields: readonly FieldLayout[]
}

const CAPABILITIES = [
  { name: "offeredCapabilities", type: "symbol", multiple: true },
  { name: "desiredCapabilities", type: "symbol", multiple: true },
  { name: "properties", type: "map" },
] as const

const ERROR = { name: "error", type: "error" } as const

/** What source and target have in common (part 3, 3.5.3 and 3.5.4). */
const TERMINUS = [
  { name: "address", type: "string" },
  { name: "durable", type: "uint", default: 0 },
  { name: "expiryPolicy", type: "symbol", default: "session-end" },
  { name: "timeout", type: "uint", default: 0 },
  { name: "dynamic", type: "boolean", default: false },
  { name: "dynamicNodeProperties", type: "map" },
] as const

/** Performatives, SASL frame bodies, termini, delivery states and the error, field by field in wire order. */
export const LAYOUTS = {
  // Part 2, 2.7: performatives.
  open: {
    code: AMQP10_DESCRIPTORS["amqp:open:list"],
    fields: [
      { name: "containerId", type: "string", mandatory: true },
      { name: "hostname", type: "string" },
      { name: "maxFrameSize", type: "uint", default: 0xffff_ffff },
      { name: "channelMax", type: "ushort", default: 0xffff },
      { name: "idleTimeOut", type: "uint" },
      { name: "outgoingLocales", type: "symbol", multiple: true },
      { name: "incomingLocales", type: "symbol", multiple: true },
      ...CAPABILITIES,
    ],
  },
  begin: {
    code: AMQP10_DESCRIPTORS["amqp:begin:list"],
    fields: [
      { name: "remoteChannel", type: "ushort" },
      { name: "nextOutgoingId", type: "uint", mandatory: true },
      { name: "incomingWindow", type: "uint", mandatory: true },
      { name: "outgoingWindow", type: "uint", mandatory: true },
      { name: "handleMax", type: "uint", default: 0xffff_ffff },
      ...CAPABILITIES,
    ],
  },
  attach: {
    code: AMQP10_DESCRIPTORS["amqp:attach:list"],
    fields: [
      { name: "name", type: "string", mandatory: true },
      { name: "handle", type: "uint", mandatory: true },
      { name: "role", type: "boolean", mandatory: true },
      { name: "sndSettleMode", type: "ubyte", default: 2 },
      { name: "rcvSettleMode", type: "ubyte", default: 0 },
      { name: "source", type: "source" },
      { name: "target", type: "target" },
      { name: "unsettled", type: "map" },
      { name: "incompleteUnsettled", type: "boolean", default: false },
      { name: "initialDeliveryCount", type: "uint" },
      { name: "maxMessageSize", type: "ulong" },
      ...CAPABILITIES,
    ],
  },
  flow: {
    code: AMQP10_DESCRIPTORS["amqp:flow:list"],
    fields: [
      { name: "nextIncomingId", type: "uint" },
      { name: "incomingWindow", type: "uint", mandatory: true },
      { name: "nextOutgoingId", type: "uint", mandatory: true },
      { name: "outgoingWindow", type: "uint", mandatory: true },
      { name: "handle", type: "uint" },
      { name: "deliveryCount", type: "uint" },
      { name: "linkCredit", type: "uint" },
      { name: "available", type: "uint" },
      { name: "drain", type: "boolean", default: false },
      { name: "echo", type: "boolean", default: false },
      { name: "properties", type: "map" },
    ],
  },
  transfer: {
    code: AMQP10_DESCRIPTORS["amqp:transfer:list"],
    fields: [
      { name: "handle", type: "uint", mandatory: true },
      { name: "deliveryId", type: "uint" },
      { name: "deliveryTag", type: "binary" },
      { name: "messageFormat", type: "uint" },
      { name: "settled", type: "boolean" },
      { name: "more", type: "boolean", default: false },
      { name: "rcvSettleMode", type: "ubyte" },
      { name: "state", type: "deliveryState" },
      { name: "resume", type: "boolean", default: false },
      { name: "aborted", type: "boolean", default: false },
      { name: "batchable", type: "boolean", default: false },
    ],
  },
  disposition: {
    code: AMQP10_DESCRIPTORS["amqp:disposition:list"],
    fields: [
      { name: "role", type: "boolean", mandatory: true },
      { name: "first", type: "uint", mandatory: true },
      { name: "last", type: "uint" },
      { name: "settled", type: "boolean", default: false },
      { name: "state", type: "deliveryState" },
      { name: "batchable", type: "boolean", default: false },
    ],
  },
  detach: {
    code: AMQP10_DESCRIPTORS["amqp:detach:list"],
    fields: [
      { name: "handle", type: "uint", mandatory: true },
      { name: "closed", type: "boolean", default: false },
      ERROR,
    ],
  },
  end: { code: AMQP10_DESCRIPTORS["amqp:end:list"], fields: [ERROR] },
  close: { code: AMQP10_DESCRIPTORS["amqp:close:list"], fields: [ERROR] },

  // Part 2, 2.8.14.
  error: {
    code: AMQP10_DESCRIPTORS["amqp:error:list"],
    fields: [
      { name: "condition", type: "symbol", mandatory: true },
      { name: "description", type: "string" },
      { name: "info", type: "map" },
    ],
  },

  // Part 3, 3.4: delivery states.
  received: {
    code: AMQP10_DESCRIPTORS["amqp:received:list"],
    fields: [
      { name: "sectionNumber", type: "uint", mandatory: true },
      { name: "sectionOffset", type: "ulong", mandatory: true },
    ],
  },
  accepted: { code: AMQP10_DESCRIPTORS["amqp:accepted:list"], fields: [] },
  rejected: { code: AMQP10_DESCRIPTORS["amqp:rejected:list"], fields: [ERROR] },
  released: { code: AMQP10_DESCRIPTORS["amqp:released:list"], fields: [] },
  modified: {
    code: AMQP10_DESCRIPTORS["amqp:modified:list"],
    fields: [
      { name: "deliveryFailed", type: "boolean", default: false },
      { name: "undeliverableHere", type: "boolean", default: false },
      { name: "messageAnnotations", type: "map" },
    ],
  },

  // Part 3, 3.5: sources and targets; part 4, 4.5.1: the coordinator.
  source: {
    code: AMQP10_DESCRIPTORS["amqp:source:list"],
    fields: [
      ...TERMINUS,
      { name: "distributionMode", type: "symbol" },
      { name: "filter", type: "map" },
      { name: "defaultOutcome", type: "deliveryState" },
      { name: "outcomes", type: "symbol", multiple: true },
      { name: "capabilities", type: "symbol", multiple: true },
    ],
  },
  target: {
    code: AMQP10_DESCRIPTORS["amqp:target:list"],
    fields: [...TERMINUS, { name: "capabilities", type: "symbol", multiple: true }],
  },
  coordinator: {
    code: AMQP10_DESCRIPTORS["amqp:coordinator:list"],
    fields: [{ name: "capabilities", type: "symbol", multiple: true }],
  },

  // Part 5, 5.3.3: SASL frame bodies.
  saslMechanisms: {
    code: AMQP10_DESCRIPTORS["amqp:sasl-mechanisms:list"],
    fields: [{ name: "saslServerMechanisms", type: "symbol", mandatory: true, multiple: true }],
  },
  saslInit: {
    code: AMQP10_DESCRIPTORS["amqp:sasl-init:list"],
    fields: [
      { name: "mechanism", type: "symbol", mandatory: true },
      { name: "initialResponse", type: "binary" },
      { name: "hostname", type: "string" },
    ],
  },
  saslChallenge: {
    code: AMQP10_DESCRIPTORS["amqp:sasl-challenge:list"],
    fields: [{ name: "challenge", type: "binary", mandatory: true }],
  },
  saslResponse: {
    code: AMQP10_DESCRIPTORS["amqp:sasl-response:list"],
    fields: [{ name: "response", type: "binary", mandatory: true }],
  },
  saslOutcome: {
    code: AMQP10_DESCRIPTORS["amqp:sasl-outcome:list"],
    fields: [
      { name: "code", type: "ubyte", mandatory: true },
      { name: "additionalData", type: "binary" },
    ],
  },
} as const satisfies Readonly<Record<string, CompositeLayout>>

export type Layouts = typeof LAYOUTS
export type CompositeName = keyof Layouts

/** Which composite types provide each archetype. */
export const ARCHETYPES = {
  error: ["error"],
  source: ["source"],
  target: ["target", "coordinator"],
  deliveryState: ["received", "accepted", "rejected", "released", "modified"],
} as const satisfies Partial<Readonly<Record<FieldType, readonly CompositeName[]>>>

/** The bodies of AMQP frames. */
export const PERFORMATIVES = [
  "open",
  "begin",
  "attach",
  "flow",
  "transfer",
  "disposition",
  "detach",
  "end",
  "close",
] as const satisfies readonly CompositeName[]

export type PerformativeName = (typeof PERFORMATIVES)[number]

/** The bodies of SASL frames. */
export const SASL_BODIES = [
  "saslMechanisms",
  "saslInit",
  "saslChallenge",
  "saslResponse",
  "saslOutcome",
] as const satisfies readonly CompositeName[]
