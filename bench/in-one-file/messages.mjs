// One message per format, with seven properties and four headers each.
import {
  AMQP10_DESCRIPTORS,
  formatOf,
  publishedAmqp091,
  ValueMap,
  writeAmqp10Descriptor,
  writeAmqp10Value,
} from "@polymq/message"
import { ByteWriter } from "@polymq/wire"

const BODY = Buffer.alloc(100, "x")

const VALUES = {
  id: "0f3a9c52-7c1e-4d7d-9a57-0d0f4c1f6a11",
  trace: "00-4bf92f3577b34da6a3ce929d0e0e4736",
  tenant: "blue",
  unit: "celsius",
  region: "eu-central",
  messageId: "message-1",
  appId: "sensors",
  client: "client-7",
}

const BUILDERS = { mqtt, amqp091, amqp10 }

/** By format, always the same values. */
export const messages = { mqtt: mqtt(VALUES), amqp091: amqp091(VALUES), amqp10: amqp10(VALUES) }

/** Messages of a format whose values are of other lengths each time, as the processor cannot foresee them. */
export function variedMessages(format, count) {
  let state = 1
  const below = (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return (state >>> 8) % limit
  }
  const vary = (text) => text.repeat(2).slice(0, Math.ceil(text.length / 2) + below(text.length))
  return Array.from({ length: count }, () =>
    BUILDERS[format](Object.fromEntries(Object.entries(VALUES).map(([name, text]) => [name, vary(text)]))),
  )
}

/** QoS, RETAIN, indicator, expiry, response topic, correlation data and content type; four user properties. */
function mqtt({ id, trace, tenant, unit, region, client }) {
  const text = (value) => [0, value.length, ...Buffer.from(value)]
  const pair = (name, value) => [0x26, ...text(name), ...text(value)]
  const varint = (value) => (value < 128 ? [value] : [(value & 127) | 128, value >> 7])
  const properties = [
    ...[0x01, 1],
    ...[0x02, 0, 0, 0, 60],
    ...[0x08, ...text(`replies/${client}`)],
    ...[0x09, ...text(id)],
    ...pair("tenant", tenant),
    ...pair("trace", trace),
    ...pair("unit", unit),
    ...pair("region", region),
    ...[0x03, ...text("application/json")],
  ]
  const rest = [...text("sensors/7/temperature"), 0, 7, ...varint(properties.length), ...properties, ...BODY]
  return formatOf("mqtt").published(Buffer.from([0x33, ...varint(rest.length), ...rest]), Date.now()).message
}

/** Content type, delivery mode, priority, correlation id, expiration, message id and app id; four headers. */
function amqp091({ id, trace, tenant, unit, messageId, appId }) {
  const short = (value) => [value.length, ...Buffer.from(value)]
  const long = (value) => ["S".charCodeAt(0), 0, 0, 0, ...short(value)]
  const headers = [
    ...[...short("tenant"), ...long(tenant)],
    ...[...short("trace"), ...long(trace)],
    ...[...short("unit"), ...long(unit)],
    ...[...short("attempt"), "I".charCodeAt(0), 0, 0, 0, 3],
  ]
  const flags = 0x8000 | 0x2000 | 0x1000 | 0x0800 | 0x0400 | 0x0100 | 0x0080 | 0x0008
  const properties = [
    ...[flags >> 8, flags & 255],
    ...short("application/json"),
    ...[0, 0, 0, headers.length, ...headers],
    ...[2, 4],
    ...short(id),
    ...short("60000"),
    ...short(messageId),
    ...short(appId),
  ]
  return publishedAmqp091(Buffer.from(properties), BODY, Date.now()).message
}

/** Durable, ttl, message id, reply-to, correlation id, content type and creation time; four application properties. */
function amqp10({ id, trace, tenant, unit, messageId, client }) {
  const of = (type, value) => ({ type, value })
  const none = of("null", null)
  const writer = new ByteWriter()
  const section = (name, value) => {
    writeAmqp10Descriptor(writer, AMQP10_DESCRIPTORS[name])
    writeAmqp10Value(writer, value)
  }
  const replyTo = of("string", `/exchange/amq.topic/replies.${client}`)
  const created = of("timestamp", 1_800_000_000_000n)
  const properties = [
    of("string", messageId),
    none,
    none,
    none,
    replyTo,
    of("string", id),
    of("symbol", "application/json"),
    none,
    none,
    created,
  ]
  const entries = [
    [of("string", "tenant"), of("string", tenant)],
    [of("string", "trace"), of("string", trace)],
    [of("string", "unit"), of("string", unit)],
    [of("string", "attempt"), of("int", 3)],
  ]
  section("amqp:header:list", of("list", [of("boolean", true), none, of("uint", 60_000)]))
  section("amqp:properties:list", of("list", properties))
  section("amqp:application-properties:map", of("map", new ValueMap(entries)))
  section("amqp:data:binary", of("binary", BODY))
  return formatOf("amqp10").published(Buffer.from(writer.take()), Date.now()).message
}
