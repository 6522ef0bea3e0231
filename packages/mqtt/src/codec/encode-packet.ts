import type { Outbound } from "@polymq/broker"
import { type MqttProperties, writeMqttProperties } from "@polymq/message"
import { type ByteWriter, copyBytes, putVarint, varintBytes, writeVarint } from "@polymq/wire"
import { PACKET_TYPE, type ProtocolLevel } from "./constants.ts"
import { type Fields, hasField } from "./field-presence.ts"
import { type FieldKind, LAYOUTS, type PacketLayout } from "./layouts.ts"
import type { Packet, RequestedSubscription } from "./packets.ts"

/** Encodes a packet by its layout, as bytes of its own. Raises `RangeError` for text or bytes above 65 535 bytes. */
export function encodePacket(writer: ByteWriter, packet: Packet, level: ProtocolLevel): Uint8Array {
  writeBody(writer, packet, level)
  const bytes = new Uint8Array(packetBytes(writer))
  putPacket(bytes, 0, packet, writer)
  return bytes
}

/**
 * Sends a packet, encoded by its layout; false, and nothing sent, when the client does not take packets of its size
 * [MQTT-3.1.2-24]. Raises `RangeError` for text or bytes above 65 535 bytes.
 */
export function sendPacket(
  outbound: Outbound,
  writer: ByteWriter,
  packet: Packet,
  level: ProtocolLevel,
  maxPacketBytes: number,
): boolean {
  writeBody(writer, packet, level)
  const size = packetBytes(writer)
  if (size > maxPacketBytes) return false
  const { bytes, start } = outbound.reserve(size)
  putPacket(bytes, start, packet, writer)
  return true
}

/** Writes everything behind the fixed header; fields at the end that may be left out are, where they say nothing. */
function writeBody(writer: ByteWriter, packet: Packet, level: ProtocolLevel): void {
  const layout: PacketLayout = LAYOUTS[packet.type]
  const values = packet as unknown as Fields
  const fields = layout.fields.filter((field) => hasField(field, values, level))
  while (fields.at(-1)?.mayEnd && saysNothing(values[fields.at(-1)?.name ?? ""])) fields.pop()
  writer.reset()
  for (const field of fields) WRITE[field.kind](writer, values[field.name])
}

function packetBytes(body: ByteWriter): number {
  return 1 + varintBytes(body.at) + body.at
}

function putPacket(target: Uint8Array, offset: number, packet: Packet, body: ByteWriter): void {
  target[offset] = (PACKET_TYPE[packet.type] << 4) | packet.flags
  const at = putVarint(target, offset + 1, body.at)
  copyBytes(body.bytes, 0, body.at, target, at)
}

function saysNothing(value: unknown): boolean {
  return value === 0 || (typeof value === "object" && value !== null && Object.keys(value).length === 0)
}

const WRITE: Readonly<Record<FieldKind, (writer: ByteWriter, value: unknown) => void>> = {
  uint8: (writer, value) => writer.uint8(value as number),
  uint16: (writer, value) => writer.uint16(value as number),
  utf8: (writer, value) => writeText(writer, value as string),
  binary: (writer, value) => writeBinary(writer, value as Uint8Array),
  properties: (writer, value) => writeMqttProperties(writer, value as MqttProperties),
  block: (writer, value) => writeBlock(writer, value as Uint8Array),
  subscriptions: (writer, value) => writeSubscriptions(writer, value as readonly RequestedSubscription[]),
  filters: (writer, value) => writeFilters(writer, value as readonly string[]),
  codes: (writer, value) => writer.copy(Uint8Array.from(value as readonly number[])),
  payload: (writer, value) => writer.copy(value as Uint8Array),
}

function writeText(writer: ByteWriter, text: string): void {
  const lengthAt = writer.skip(2)
  writer.patchUint16(lengthAt, checkLength(writer.utf8(text)))
}

function writeBinary(writer: ByteWriter, bytes: Uint8Array): void {
  writer.uint16(checkLength(bytes.length))
  writer.copy(bytes)
}

function writeBlock(writer: ByteWriter, block: Uint8Array): void {
  writeVarint(writer, block.length)
  writer.copy(block)
}

function writeSubscriptions(writer: ByteWriter, subscriptions: readonly RequestedSubscription[]): void {
  for (const { filter, options } of subscriptions) {
    writeText(writer, filter)
    writer.uint8(options)
  }
}

function writeFilters(writer: ByteWriter, filters: readonly string[]): void {
  for (const filter of filters) writeText(writer, filter)
}

function checkLength(length: number): number {
  if (length > 0xffff) throw new RangeError(`a value holds 65535 bytes, not ${length}`)
  return length
}
