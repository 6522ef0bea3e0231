import { Buffer } from "node:buffer"
import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ProtocolLevel } from "./constants.ts"
import { decodePacket, readProtocol } from "./decode-packet.ts"
import { encodePacket } from "./encode-packet.ts"
import type { Packet } from "./packets.ts"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ""), "hex")
const decode = (text: string, level: ProtocolLevel = 5): Packet => {
  const bytes = hex(text)
  return decodePacket(bytes, 0, bytes.length, level)
}
const encode = (packet: Packet, level: ProtocolLevel = 5): string =>
  Buffer.from(encodePacket(new ByteWriter(), packet, level)).toString("hex")

const none = hex("")

/** Packets whose bytes were written by hand from the standard's figures. */
const VECTORS: readonly (readonly [title: string, level: ProtocolLevel, bytes: string, packet: Packet])[] = [
  [
    "CONNECT of MQTT 3.1.1 with a will, user name and password",
    4,
    "10 1b 00044d515454 04 ee 000a 000161 000174 0002 6869 000175 0002 7077",
    {
      type: "connect",
      flags: 0,
      protocolName: "MQTT",
      protocolLevel: 4,
      connectFlags: 0xee,
      keepAliveSeconds: 10,
      properties: {},
      clientId: "a",
      willProperties: undefined,
      willTopic: "t",
      willPayload: hex("6869"),
      username: "u",
      password: hex("7077"),
    },
  ],
  [
    "CONNECT of MQTT 5.0 with properties and will properties",
    5,
    "10 1f 00044d515454 05 06 003c 05 11 0000000a 0000 07 18 00000005 01 01 000174 0000",
    {
      type: "connect",
      flags: 0,
      protocolName: "MQTT",
      protocolLevel: 5,
      connectFlags: 0x06,
      keepAliveSeconds: 60,
      properties: { "session-expiry-interval": 10 },
      clientId: "",
      willProperties: hex("18 00000005 01 01"),
      willTopic: "t",
      willPayload: none,
      username: undefined,
      password: undefined,
    },
  ],
  [
    "CONNECT of MQTT 3.1",
    3,
    "10 0f 0006 4d5149736470 03 02 0000 0001 61",
    {
      type: "connect",
      flags: 0,
      protocolName: "MQIsdp",
      protocolLevel: 3,
      connectFlags: 2,
      keepAliveSeconds: 0,
      properties: {},
      clientId: "a",
      willProperties: undefined,
      willTopic: undefined,
      willPayload: undefined,
      username: undefined,
      password: undefined,
    },
  ],
  ["CONNACK of MQTT 3.1.1", 4, "20 02 01 00", connack(1, 0)],
  ["CONNACK of MQTT 5.0", 5, "20 05 00 00 02 24 01", { ...connack(0, 0), properties: { "maximum-qos": 1 } } as Packet],
  [
    "PUBLISH of MQTT 3.1.1 with QoS 1, DUP and RETAIN",
    4,
    "3b 08 0003 612f62 000a 78",
    { type: "publish", flags: 0x0b, topicName: "a/b", packetId: 10, properties: {}, payload: hex("78") },
  ],
  [
    "PUBLISH of MQTT 5.0 with a topic alias and without topic",
    5,
    "30 08 0000 03 23 0005 7879",
    {
      type: "publish",
      flags: 0,
      topicName: "",
      packetId: undefined,
      properties: { "topic-alias": 5 },
      payload: hex("7879"),
    },
  ],
  ["PUBACK of MQTT 3.1.1", 4, "40 02 0007", ack("puback", 7)],
  ["PUBACK of MQTT 5.0 that says only success", 5, "40 02 0007", ack("puback", 7)],
  ["PUBACK of MQTT 5.0 with a reason", 5, "40 03 0007 10", ack("puback", 7, 0x10)],
  [
    "PUBREC of MQTT 5.0 with a reason string",
    5,
    "50 08 0007 80 04 1f 0001 78",
    { ...ack("pubrec", 7, 0x80), properties: { "reason-string": "x" } } as Packet,
  ],
  ["PUBREL", 5, "62 02 0102", ack("pubrel", 0x102)],
  ["PUBCOMP", 5, "70 03 0102 92", ack("pubcomp", 0x102, 0x92)],
  [
    "SUBSCRIBE of MQTT 5.0 with a subscription identifier and two filters",
    5,
    "82 0f 0001 02 0b 05 0003 612f62 01 0001 23 2e",
    {
      type: "subscribe",
      flags: 2,
      packetId: 1,
      properties: { "subscription-identifier": [5] },
      subscriptions: [
        { filter: "a/b", options: 1 },
        { filter: "#", options: 0x2e },
      ],
    },
  ],
  [
    "SUBACK of MQTT 3.1.1",
    4,
    "90 04 0001 01 80",
    { type: "suback", flags: 0, packetId: 1, properties: {}, codes: [1, 0x80] },
  ],
  [
    "UNSUBSCRIBE of MQTT 3.1.1",
    4,
    "a2 05 0002 0001 61",
    { type: "unsubscribe", flags: 2, packetId: 2, properties: {}, filters: ["a"] },
  ],
  [
    "UNSUBACK of MQTT 3.1.1 has no codes",
    4,
    "b0 02 0002",
    { type: "unsuback", flags: 0, packetId: 2, properties: {}, codes: [] },
  ],
  [
    "UNSUBACK of MQTT 5.0",
    5,
    "b0 04 0002 00 11",
    { type: "unsuback", flags: 0, packetId: 2, properties: {}, codes: [0x11] },
  ],
  ["PINGREQ", 4, "c0 00", { type: "pingreq", flags: 0 }],
  ["PINGRESP", 5, "d0 00", { type: "pingresp", flags: 0 }],
  ["DISCONNECT of MQTT 3.1.1", 4, "e0 00", { type: "disconnect", flags: 0, reasonCode: 0, properties: {} }],
  [
    "DISCONNECT of MQTT 5.0 with a reason alone",
    5,
    "e0 01 04",
    { type: "disconnect", flags: 0, reasonCode: 4, properties: {} },
  ],
  [
    "DISCONNECT of MQTT 5.0 with properties",
    5,
    "e0 07 00 05 11 00000000",
    { type: "disconnect", flags: 0, reasonCode: 0, properties: { "session-expiry-interval": 0 } },
  ],
  [
    "AUTH",
    5,
    "f0 06 18 04 15 0001 78",
    { type: "auth", flags: 0, reasonCode: 0x18, properties: { "authentication-method": "x" } },
  ],
]

function connack(acknowledgeFlags: number, reasonCode: number): Packet {
  return { type: "connack", flags: 0, acknowledgeFlags, reasonCode, properties: {} }
}

function ack(type: "puback" | "pubrec" | "pubrel" | "pubcomp", packetId: number, reasonCode = 0): Packet {
  return { type, flags: type === "pubrel" ? 2 : 0, packetId, reasonCode, properties: {} } as Packet
}

describe("the layouts", () => {
  it.each(VECTORS)("read %s", (_title, level, bytes, packet) => {
    expect(decode(bytes, level)).toEqual(packet)
  })

  it.each(VECTORS)("write %s", (_title, level, bytes, packet) => {
    expect(encode(packet, level)).toBe(bytes.replaceAll(/\s/g, ""))
  })

  it("read the protocol's name and level before the rest", () => {
    const bytes = hex("10 ff7f 0004 4d515454 06 00")
    expect(readProtocol(bytes, 0, bytes.length)).toEqual({ name: "MQTT", level: 6 })
  })
})

const MALFORMED: readonly (readonly [title: string, level: ProtocolLevel, bytes: string])[] = [
  ["a reserved packet type (2.1.2)", 5, "00 00"],
  ["AUTH before MQTT 5.0 (2.1.2)", 4, "f0 00"],
  ["fixed header flags that are not as listed [MQTT-2.1.3-1]", 5, "c1 00"],
  ["SUBSCRIBE with flags 0000 [MQTT-3.8.1-1]", 5, "80 06 0001 00 0001 61 00"],
  ["UNSUBSCRIBE with flags 0000 [MQTT-3.10.1-1]", 4, "a0 05 0001 0001 61"],
  ["PUBREL with flags 0000 [MQTT-3.6.1-1]", 4, "60 02 0001"],
  ["packet identifier 0 [MQTT-2.2.1-3]", 4, "82 06 0000 0001 61 00"],
  ["a topic filter of ill-formed UTF-8 [MQTT-1.5.4-1]", 4, "82 07 0001 0002 c080 00"],
  ["a topic filter with a surrogate [MQTT-1.5.4-1]", 4, "82 08 0001 0003 eda080 00"],
  ["a topic filter with U+0000 [MQTT-1.5.4-2]", 4, "82 06 0001 0001 00 00"],
  ["a text that is longer than its packet", 4, "82 06 0001 0005 61 00"],
  ["a filter without its options", 4, "82 05 0001 0001 61"],
  ["bytes behind the end", 4, "c0 01 00"],
  ["a padded property length [MQTT-1.5.5-1]", 5, "82 08 0001 8000 0001 61 00"],
  ["properties longer than their packet", 5, "e0 03 00 7f 00"],
  ["a property that does not belong to the packet", 5, "e0 05 00 03 23 0001"],
]

describe("a malformed packet", () => {
  it.each(MALFORMED)("is one with %s", (_title, level, bytes) => {
    expect(() => decode(bytes, level)).toThrow(DecodeError)
  })
})

const text = fc.string({ maxLength: 20, unit: "grapheme" }).filter((value) => !value.includes("\0"))
const bytes = fc.uint8Array({ maxLength: 40 })
const level = fc.constantFrom<ProtocolLevel>(3, 4, 5)
const packetId = fc.integer({ min: 1, max: 65_535 })
const userProperty = fc.array(fc.tuple(text, text), { maxLength: 3 })
const withUserProperty = userProperty.map((pairs) => (pairs.length === 0 ? {} : { "user-property": pairs }))

const anyPacket: fc.Arbitrary<readonly [ProtocolLevel, Packet]> = level.chain((version) => {
  const properties = version === 5 ? withUserProperty : fc.constant({})
  const codes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 5 })
  const reasonCode = version === 5 ? fc.integer({ min: 0, max: 255 }) : fc.constant(0)
  const type = <Name extends Packet["type"]>(name: Name): fc.Arbitrary<Name> => fc.constant(name)
  const flags = (value: number): fc.Arbitrary<number> => fc.constant(value)
  const packets = [
    fc.record({
      type: fc.constantFrom("puback", "pubrec", "pubcomp"),
      flags: flags(0),
      packetId,
      reasonCode,
      properties,
    }),
    fc.record({ type: type("pubrel"), flags: flags(2), packetId, reasonCode, properties }),
    fc.record({
      type: type("subscribe"),
      flags: flags(2),
      packetId,
      properties,
      subscriptions: fc.array(fc.record({ filter: text, options: fc.integer({ min: 0, max: 255 }) }), { maxLength: 4 }),
    }),
    fc.record({
      type: type("unsubscribe"),
      flags: flags(2),
      packetId,
      properties,
      filters: fc.array(text, { maxLength: 4 }),
    }),
    fc.record({ type: type("suback"), flags: flags(0), packetId, properties, codes }),
    fc.record({
      type: type("unsuback"),
      flags: flags(0),
      packetId,
      properties,
      codes: version === 5 ? codes : fc.constant([]),
    }),
    fc.record({ type: type("publish"), flags: flags(2), topicName: text, packetId, properties, payload: bytes }),
    fc.record({
      type: type("connack"),
      flags: flags(0),
      acknowledgeFlags: fc.nat(1),
      reasonCode: fc.nat(255),
      properties,
    }),
    fc.record({ type: type("disconnect"), flags: flags(0), reasonCode, properties }),
  ] as fc.Arbitrary<Packet>[]
  return fc.tuple(fc.constant(version), fc.oneof(...packets))
})

describe("any packet", () => {
  it("is read back as it was written", () => {
    fc.assert(
      fc.property(anyPacket, ([version, packet]) => {
        const written = encodePacket(new ByteWriter(), packet, version)
        expect(decodePacket(written, 0, written.length, version)).toEqual(packet)
      }),
      { numRuns: 500, seed: 5 },
    )
  })

  it("raises nothing but the documented errors when bytes are changed or cut", () => {
    fc.assert(
      fc.property(
        anyPacket,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.nat(),
        ([version, packet], at, value, cut) => {
          const written = encodePacket(new ByteWriter(), packet, version)
          if (written.length > 2) written[2 + (at % (written.length - 2))] = value
          const end = 2 + (cut % Math.max(1, written.length - 1))
          try {
            decodePacket(written, 0, Math.min(end, written.length), version)
          } catch (error) {
            expect((error as Error).name).toMatch(/^(DecodeError|PropertyError)$/)
          }
        },
      ),
      { numRuns: 1000, seed: 5 },
    )
  })
})
