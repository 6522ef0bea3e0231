import { type ByteWriter, byteLength } from "@polymq/wire"
import { DEATH_SUMMARIES } from "../death-summaries.ts"
import type { Death, DeathHistory } from "../envelope.ts"
import { isOneOf } from "../text.ts"
import { CODE } from "./constructors.ts"
import {
  beginCompound,
  endCompound,
  writeString,
  writeSymbol,
  writeTimestamp,
  writeUint,
  writeUlong,
} from "./writer.ts"

const DEATHS = "x-opt-deaths"
const NAMES: readonly string[] = [...DEATH_SUMMARIES.map(({ name }) => name), DEATHS]

/** Keys and values that `writeDeathAnnotations` writes. */
export const DEATH_ELEMENTS: number = 2 * NAMES.length

const MAX_UINT = 0xffff_ffff

/** Writes the annotations that tell consumers what has become of a dead-lettered message: the summaries, then `x-opt-deaths`. */
export function writeDeathAnnotations(writer: ByteWriter, history: DeathHistory): void {
  for (const { name, of } of DEATH_SUMMARIES) writeText(writer, name, of(history))
  writeSymbol(writer, DEATHS)
  const mark = beginCompound(writer)
  writer.uint8(CODE.map32)
  for (const death of history.deaths) writeDeath(writer, death)
  endCompound(writer, mark, history.deaths.length, CODE.array8, CODE.array32)
}

/** Whether the symbol in `bytes[start, end)` is the key of one of those annotations. */
export function isDeathAnnotation(bytes: Uint8Array, start: number, end: number): boolean {
  return isOneOf(bytes, start, end, NAMES)
}

/** An element of an array of map32: size, count, keys and values. */
function writeDeath(writer: ByteWriter, death: Death): void {
  const start = writer.skip(8)
  if (death.ttlMs !== undefined) {
    writeSymbol(writer, "ttl")
    writeUint(writer, Math.min(death.ttlMs, MAX_UINT))
  }
  writeText(writer, "queue", death.queue)
  writeSymbol(writer, "reason")
  writeSymbol(writer, death.reason)
  writeSymbol(writer, "count")
  writeUlong(writer, death.count)
  writeSymbol(writer, "first-time")
  writeTimestamp(writer, death.firstAtMs)
  writeSymbol(writer, "last-time")
  writeTimestamp(writer, death.lastAtMs)
  writeText(writer, "exchange", death.exchange)
  writeSymbol(writer, "routing-keys")
  writeStrings(writer, death.routingKeys)
  writer.patchUint32(start, writer.at - start - 4)
  writer.patchUint32(start + 4, death.ttlMs === undefined ? 14 : 16)
}

function writeText(writer: ByteWriter, key: string, text: string): void {
  writeSymbol(writer, key)
  writeString(writer, text)
}

/** Writes an array of str32. */
function writeStrings(writer: ByteWriter, texts: readonly string[]): void {
  const mark = beginCompound(writer)
  writer.uint8(CODE.str32)
  for (const text of texts) {
    writer.uint32(byteLength(text))
    writer.utf8(text)
  }
  endCompound(writer, mark, texts.length, CODE.array8, CODE.array32)
}
