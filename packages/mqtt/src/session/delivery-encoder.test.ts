import type { Entry, Match } from "@polymq/broker"
import { createMessage, type Message, validateMqttProperties } from "@polymq/message"
import { CollectingOutbound, manualTurn } from "@polymq/testkit"
import { ByteWriter, encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import { decodePacket } from "../codec/decode-packet.ts"
import { encodePacket } from "../codec/encode-packet.ts"
import type { PacketOf } from "../codec/packets.ts"
import { DeliveryEncoder, type Receiver } from "./delivery-encoder.ts"
import { OutgoingAliases } from "./topic-aliases.ts"

const NOW_MS = 1_700_000_000_000
const turn = manualTurn(NOW_MS)

/** What a message of the test says. */
interface Draft {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  readonly contentType: string | undefined
  readonly expirySeconds: number | undefined
}

const draft: fc.Arbitrary<Draft> = fc.record({
  topic: fc.constantFrom("a", "a/b", "é".repeat(70), "long/".repeat(900)),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom(1023, 1024, 5000).map((size) => new Uint8Array(size).fill(7)),
  ),
  retain: fc.boolean(),
  contentType: fc.option(fc.constantFrom("c", "t".repeat(130)), { nil: undefined }),
  expirySeconds: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
})

function messageOf({ topic, payload, retain, contentType, expirySeconds }: Draft): Message {
  const message = createMessage("mqtt", NOW_MS - 500)
  message.topic = topic
  message.retain = retain
  message.body = payload
  message.bodyEnd = payload.length
  const properties = { "content-type": contentType, "message-expiry-interval": expirySeconds }
  const packet: PacketOf<"publish"> = {
    type: "publish",
    flags: 0,
    topicName: "",
    packetId: undefined,
    properties,
    payload: new Uint8Array(0),
  }
  const bytes = encodePacket(new ByteWriter(), packet, 5)
  const start = 2 + (bytes.length < 130 ? 0 : 1) + 2
  validateMqttProperties(bytes, start + (bytes.length < 130 ? 1 : 2), bytes.length, message)
  return message
}

interface Delivery {
  readonly message: number
  readonly level: ProtocolLevel
  readonly qos: 0 | 1
  readonly match: Match
  readonly redelivered: boolean
  readonly packetId: number
  readonly usesAliases: boolean
}

const delivery: fc.Arbitrary<Delivery> = fc.record({
  message: fc.nat(1),
  level: fc.constantFrom<ProtocolLevel>(3, 4, 5, 5),
  qos: fc.constantFrom<0 | 1>(0, 1),
  match: fc.record({
    qos: fc.constant<1>(1),
    identifiers: fc.constantFrom<readonly number[]>([], [], [5], [5, 200_000]),
    retainAsPublished: fc.boolean(),
    isRetained: fc.boolean(),
  }),
  redelivered: fc.boolean(),
  packetId: fc.integer({ min: 1, max: 65_535 }),
  usesAliases: fc.boolean(),
})

function receiver(
  level: ProtocolLevel,
  aliases: OutgoingAliases | undefined,
  maxPacketBytes = Number.POSITIVE_INFINITY,
) {
  const outbound = new CollectingOutbound()
  const to: Receiver = { level, outbound, turn, maxPacketBytes, aliases }
  return { to, take: (): Uint8Array => outbound.take() }
}

function entryOf(message: Message, { match, redelivered, packetId }: Delivery): Entry {
  return {
    message,
    ticket: 0,
    position: 0,
    match,
    expiresAtMs: Number.POSITIVE_INFINITY,
    deliveryCount: 0,
    acquiredCount: 0,
    redelivered,
    tag: packetId,
  }
}

/** A delivery like any other. */
const PLAIN: Delivery = {
  message: 0,
  level: 5,
  qos: 0,
  match: { qos: 1, identifiers: [], retainAsPublished: false, isRetained: false },
  redelivered: false,
  packetId: 1,
  usesAliases: false,
}

const noConversion = { convert: (message: Message) => message }

describe("encoded deliveries", () => {
  it("say, each for itself, what message, subscription and client make of them", () => {
    fc.assert(
      fc.property(fc.tuple(draft, draft), fc.array(delivery, { maxLength: 12 }), (drafts, deliveries) => {
        const encoder = new DeliveryEncoder(noConversion)
        const messages = drafts.map(messageOf)
        const aliases = new OutgoingAliases(2)
        const learned = new Map<number, string>()
        for (const one of deliveries) {
          const { topic, payload, retain, contentType, expirySeconds } = drafts[one.message] as Draft
          const { to, take } = receiver(one.level, one.level === 5 && one.usesAliases ? aliases : undefined)
          expect(encoder.send(to, entryOf(messages[one.message] as Message, one), one.qos)).toBe("sent")
          const bytes = take()
          const packet = decodePacket(bytes, 0, bytes.length, one.level) as PacketOf<"publish">
          const { "topic-alias": alias, ...properties } = packet.properties
          if (alias !== undefined && packet.topicName !== "") learned.set(alias, packet.topicName)
          expect(packet.topicName === "" ? learned.get(alias ?? 0) : packet.topicName).toBe(topic)
          expect(Buffer.compare(packet.payload, payload)).toBe(0)
          expect(packet.packetId).toBe(one.qos === 0 ? undefined : one.packetId)
          const isRetained = one.match.isRetained || (one.match.retainAsPublished && retain)
          expect(packet.flags).toBe(one.qos * 2 + (isRetained ? 1 : 0) + (one.qos > 0 && one.redelivered ? 8 : 0))
          const { identifiers } = one.match
          expect(properties).toEqual(
            one.level < 5
              ? {}
              : {
                  ...(contentType === undefined ? {} : { "content-type": contentType }),
                  ...(expirySeconds === undefined ? {} : { "message-expiry-interval": expirySeconds }),
                  ...(identifiers.length === 0 ? {} : { "subscription-identifier": identifiers }),
                },
          )
        }
      }),
      { numRuns: 400, seed: 5 },
    )
  })

  it("are not written when they exceed what the client takes, first or repeated", () => {
    const encoder = new DeliveryEncoder(noConversion)
    const message = messageOf({
      topic: "a",
      payload: encodeUtf8("12345"),
      retain: false,
      contentType: undefined,
      expirySeconds: undefined,
    })
    const entry = entryOf(message, PLAIN)
    // Fixed header 2, topic 3, properties 1, payload 5.
    const [fits, small] = [receiver(5, undefined, 11), receiver(5, undefined, 10)]
    const sent = [small, fits, small, fits, small].map(({ to }) => encoder.send(to, entry, 0))
    expect(sent).toEqual(["too-large", "sent", "too-large", "sent", "too-large"])
    expect([small.take().length, fits.take().length]).toEqual([0, 22])
  })

  it("are not written when no topic can be made of the routing key [MQTT-4.7.3-1], [MQTT-4.7.3-3]", () => {
    const encoder = new DeliveryEncoder(noConversion)
    const { to, take } = receiver(5, undefined)
    const sent = ["", "k".repeat(65_536), "k".repeat(65_535)].map((routingKey) => {
      const message = createMessage("mqtt", NOW_MS)
      message.routingKey = routingKey
      return encoder.send(to, entryOf(message, PLAIN), 0)
    })
    expect(sent).toEqual(["no-topic", "no-topic", "sent"])
    expect(take().length).toBe(1 + 3 + 2 + 65_535 + 1)
  })

  it("copy a payload that lies in the converter's scratch, which the next conversion overwrites", () => {
    const scratch = new Uint8Array(4000)
    const converted = createMessage("mqtt", NOW_MS)
    converted.body = scratch
    converted.bodyEnd = scratch.length
    let fill = 0
    const convert = (): Message => {
      scratch.fill(++fill)
      return converted
    }
    const encoder = new DeliveryEncoder({ convert })
    const { to, take } = receiver(4, undefined)
    for (const routingKey of ["a", "b"]) {
      const message = createMessage("amqp091", NOW_MS)
      message.routingKey = routingKey
      encoder.send(to, entryOf(message, PLAIN), 0)
    }
    const bytes = take()
    expect([bytes[6], bytes[4005], bytes[4012], bytes.at(-1)]).toEqual([1, 1, 2, 2])
    expect(bytes.length).toBe(2 * 4006)
  })
})
