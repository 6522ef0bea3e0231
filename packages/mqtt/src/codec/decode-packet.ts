import { isMqttText, type MqttProperties, type MqttPropertyPlace, NO_BYTES, readMqttProperties } from "@polymq/message"
import { ByteReader, DecodeError, decodeUtf8, readVarint, varintBytes } from "@polymq/wire"
import { PACKET_TYPE, type PacketName, type ProtocolLevel } from "./constants.ts"
import { type Fields, hasField } from "./field-presence.ts"
import { bodyOffset } from "./hot.ts"
import { type FieldKind, type FieldLayout, LAYOUTS, type PacketLayout } from "./layouts.ts"
import type { Packet, RequestedSubscription } from "./packets.ts"

const NAMES: readonly (PacketName | undefined)[] = Array.from({ length: 16 }, (_, type) =>
  (Object.keys(PACKET_TYPE) as PacketName[]).find((name) => PACKET_TYPE[name] === type),
)

/** Protocol name and level of a CONNECT; read before the rest, which another version may lay out otherwise. Raises `DecodeError`. */
export function readProtocol(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly name: string; readonly level: number } {
  const reader = new ByteReader(bytes, bodyOffset(bytes, start), end)
  return { name: readText(reader), level: reader.uint8() }
}

/**
 * Decodes the whole packet `bytes[start, end)` by its layout; byte values are views. Raises `DecodeError`, and
 * `PropertyError` for properties that are a protocol error.
 */
export function decodePacket(bytes: Uint8Array, start: number, end: number, level: ProtocolLevel): Packet {
  const first = bytes[start] as number
  const name = packetName(first >> 4, level)
  const layout: PacketLayout = LAYOUTS[name]
  const flags = first & 0x0f
  if (layout.flags !== undefined && flags !== layout.flags)
    throw new DecodeError("MALFORMED", `${name} with fixed header flags ${flags} [MQTT-2.1.3-1]`)
  const packet: Fields = { type: name, flags }
  const reader = new ByteReader(bytes, bodyOffset(bytes, start), end)
  for (const field of layout.fields) {
    const isThere = hasField(field, packet, level) && !(field.mayEnd && reader.remaining === 0)
    packet[field.name] = isThere ? readField(field, name, reader) : neutral(field)
  }
  if (reader.remaining > 0) throw new DecodeError("MALFORMED", `${reader.remaining} bytes behind the end of ${name}`)
  return packet as unknown as Packet
}

/** Type 0 is reserved, and before MQTT 5.0 type 15 is, too (MQTT 5.0 section 2.1.2). */
function packetName(type: number, level: ProtocolLevel): PacketName {
  const name = NAMES[type]
  if (name === undefined || (name === "auth" && level < 5))
    throw new DecodeError("MALFORMED", `packet type ${type} is reserved`)
  return name
}

/** What a field counts as that is not there. */
const NEUTRAL: Readonly<Record<FieldKind, unknown>> = {
  uint8: 0,
  uint16: 0,
  utf8: "",
  binary: NO_BYTES,
  properties: {},
  block: NO_BYTES,
  subscriptions: [],
  filters: [],
  codes: [],
  payload: NO_BYTES,
}

function neutral(field: FieldLayout): unknown {
  return field.when === undefined ? NEUTRAL[field.kind] : undefined
}

function readField(field: FieldLayout, name: PacketName, reader: ByteReader): unknown {
  switch (field.kind) {
    case "uint8":
      return reader.uint8()
    case "uint16":
      return field.name === "packetId" ? readPacketId(reader) : reader.uint16()
    case "utf8":
      return readText(reader)
    case "binary":
      return readRange(reader, reader.uint16())
    case "properties":
      return readProperties(reader, name)
    case "block":
      return readRange(reader, readPropertyLength(reader))
    case "subscriptions":
      return readList(reader, readSubscription)
    case "filters":
      return readList(reader, readText)
    case "codes":
      return [...readRange(reader, reader.remaining)]
    case "payload":
      return readRange(reader, reader.remaining)
  }
}

function readPacketId(reader: ByteReader): number {
  const packetId = reader.uint16()
  if (packetId === 0) throw new DecodeError("MALFORMED", "packet identifier 0 [MQTT-2.2.1-3]")
  return packetId
}

function readText(reader: ByteReader): string {
  const start = reader.take(reader.uint16())
  if (!isMqttText(reader.bytes, start, reader.at))
    throw new DecodeError("INVALID_UTF8", "text is not UTF-8 or holds U+0000 [MQTT-1.5.4-1], [MQTT-1.5.4-2]")
  return decodeUtf8(reader.bytes, start, reader.at)
}

function readRange(reader: ByteReader, length: number): Uint8Array {
  const start = reader.take(length)
  return reader.bytes.subarray(start, reader.at)
}

function readPropertyLength(reader: ByteReader): number {
  const length = readVarint(reader.bytes, reader.at, reader.end)
  if (length < 0) throw new DecodeError("MALFORMED", "property length is not a variable byte integer [MQTT-1.5.5-1]")
  reader.take(varintBytes(length))
  return length
}

function readProperties(reader: ByteReader, name: PacketName): MqttProperties {
  const start = reader.take(readPropertyLength(reader))
  return readMqttProperties(reader.bytes, start, reader.at, name.toUpperCase() as MqttPropertyPlace)
}

function readSubscription(reader: ByteReader): RequestedSubscription {
  return { filter: readText(reader), options: reader.uint8() }
}

function readList<Item>(reader: ByteReader, readItem: (reader: ByteReader) => Item): readonly Item[] {
  const items: Item[] = []
  while (reader.remaining > 0) items.push(readItem(reader))
  return items
}
