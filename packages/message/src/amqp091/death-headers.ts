import { type ByteWriter, byteLength } from "@polymq/wire"
import { DEATH_SUMMARIES } from "../death-summaries.ts"
import type { Death, DeathHistory } from "../envelope.ts"
import { isOneOf } from "../text.ts"
import { TAG, typeNumber } from "./values.ts"

const DEATHS = "x-death"
const NAMES: readonly string[] = [...DEATH_SUMMARIES.map(({ name }) => name), DEATHS]

const LONGSTR = TAG[typeNumber("longstr")] as number
const LONG = TAG[typeNumber("long")] as number
const TIMESTAMP = TAG[typeNumber("timestamp")] as number
const ARRAY = TAG[typeNumber("array")] as number
const TABLE = TAG[typeNumber("table")] as number

const MS_PER_SECOND = 1000

/** Writes the headers that tell consumers what has become of a dead-lettered message: the summaries, then `x-death`. */
export function writeDeathHeaders(writer: ByteWriter, history: DeathHistory): void {
  for (const { name, of } of DEATH_SUMMARIES) writeText(writer, name, of(history))
  writeKey(writer, DEATHS, ARRAY)
  const length = writer.skip(4)
  for (const death of history.deaths) writeDeath(writer, death)
  writer.patchUint32(length, writer.at - length - 4)
}

/** Whether the key in `bytes[start, end)` is one of those headers'. */
export function isDeathHeader(bytes: Uint8Array, start: number, end: number): boolean {
  return isOneOf(bytes, start, end, NAMES)
}

function writeDeath(writer: ByteWriter, death: Death): void {
  writer.uint8(TABLE)
  const length = writer.skip(4)
  if (death.ttlMs !== undefined) writeText(writer, "original-expiration", String(death.ttlMs))
  writeKey(writer, "count", LONG)
  writer.uint64(BigInt(death.count))
  writeText(writer, "reason", death.reason)
  writeText(writer, "queue", death.queue)
  writeKey(writer, "time", TIMESTAMP)
  writer.uint64(BigInt(Math.floor(death.firstAtMs / MS_PER_SECOND)))
  writeText(writer, "exchange", death.exchange)
  writeKey(writer, "routing-keys", ARRAY)
  const keysLength = writer.skip(4)
  for (const key of death.routingKeys) writeLongstr(writer, key)
  writer.patchUint32(keysLength, writer.at - keysLength - 4)
  writer.patchUint32(length, writer.at - length - 4)
}

function writeText(writer: ByteWriter, key: string, text: string): void {
  writer.uint8(key.length)
  writer.utf8(key)
  writeLongstr(writer, text)
}

function writeLongstr(writer: ByteWriter, text: string): void {
  writer.uint8(LONGSTR)
  writer.uint32(byteLength(text))
  writer.utf8(text)
}

function writeKey(writer: ByteWriter, key: string, tag: number): void {
  writer.uint8(key.length)
  writer.utf8(key)
  writer.uint8(tag)
}
