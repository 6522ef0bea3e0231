import { Buffer } from "node:buffer"
import { putUint16, putUint32 } from "./put-integers.ts"
import { byteLength } from "./utf8.ts"
import { wideViewOf } from "./wide-view.ts"

/** A growing buffer that is written front to back in network byte order and reused after `reset()`. */
export class ByteWriter {
  /** The storage; valid up to `at`, replaced when it has to grow. */
  bytes: Buffer
  /** Bytes written so far. */
  at = 0
  #view: DataView

  constructor(capacity = 256) {
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = new DataView(this.bytes.buffer)
  }

  reset(): void {
    this.at = 0
  }

  /** Makes room for `count` more bytes. */
  ensure(count: number): void {
    const needed = this.at + count
    if (needed > this.bytes.length) this.#grow(needed)
  }

  /** Leaves `count` bytes to be patched later and returns their offset. */
  skip(count: number): number {
    this.ensure(count)
    const offset = this.at
    this.at += count
    return offset
  }

  uint8(value: number): void {
    this.ensure(1)
    this.bytes[this.at++] = value
  }

  uint16(value: number): void {
    this.ensure(2)
    this.patchUint16(this.at, value)
    this.at += 2
  }

  uint32(value: number): void {
    this.ensure(4)
    this.patchUint32(this.at, value)
    this.at += 4
  }

  /** The low 64 bits of `value`, two's complement. */
  uint64(value: bigint): void {
    this.uint32(Number(BigInt.asUintN(32, value >> 32n)))
    this.uint32(Number(BigInt.asUintN(32, value)))
  }

  float32(value: number): void {
    this.ensure(4)
    this.at = this.bytes.writeFloatBE(value, this.at)
  }

  float64(value: number): void {
    this.ensure(8)
    this.at = this.bytes.writeDoubleBE(value, this.at)
  }

  /** Copies `source[start, end)`. */
  copy(source: Uint8Array, start = 0, end: number = source.length): void {
    const length = end - start
    this.ensure(length)
    this.place(source, start, end, this.at)
    this.at += length
  }

  /** Copies `source[start, end)` to `offset`, where there is room. */
  place(source: Uint8Array, start: number, end: number, offset: number): void {
    const view = end - start <= WIDE_LIMIT ? wideViewOf(source) : undefined
    if (view === undefined) copyBytes(source, start, end, this.bytes, offset)
    else copyWide(view, start, end, this.#view, offset)
  }

  /** Copies `source[start, end)` behind its length in one byte; the caller has checked that it is at most 255. */
  prefixed8(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.ensure(length + 1)
    this.bytes[this.at] = length
    this.place(source, start, end, this.at + 1)
    this.at += length + 1
  }

  /** The same with the byte `tag` in front. */
  tagged8(tag: number, source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.ensure(length + 2)
    const { bytes, at } = this
    bytes[at] = tag
    bytes[at + 1] = length
    this.place(source, start, end, at + 2)
    this.at = at + length + 2
  }

  /** Copies `source[start, end)` behind its length in two bytes; the caller has checked that it is at most 65 535. */
  prefixed16(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.ensure(length + 2)
    this.patchUint16(this.at, length)
    this.place(source, start, end, this.at + 2)
    this.at += length + 2
  }

  /** Copies `source[start, end)` behind its length in four bytes. */
  prefixed32(source: Uint8Array, start: number, end: number): void {
    const length = end - start
    this.ensure(length + 4)
    this.patchUint32(this.at, length)
    this.place(source, start, end, this.at + 4)
    this.at += length + 4
  }

  /** Writes `text` as UTF-8 and returns the number of bytes it took. */
  utf8(text: string): number {
    const length = byteLength(text)
    this.ensure(length)
    this.bytes.write(text, this.at, length, "utf8")
    this.at += length
    return length
  }

  patchUint8(offset: number, value: number): void {
    this.bytes[offset] = value
  }

  patchUint16(offset: number, value: number): void {
    putUint16(this.bytes, offset, value)
  }

  patchUint32(offset: number, value: number): void {
    putUint32(this.bytes, offset, value)
  }

  /** What has been written, as a view that the next write may overwrite. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.at)
  }

  /** What has been written, as bytes of its own. */
  take(): Uint8Array {
    return cloneBytes(this.bytes, 0, this.at)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Up to this many bytes a loop is faster than a native copy. */
const LOOP_LIMIT = 64

/** Copies `source[start, end)` to `target` at `offset`; the caller has checked that it fits. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  if (end - start > LOOP_LIMIT) {
    if (source instanceof Buffer) source.copy(target, offset, start, end)
    else target.set(source.subarray(start, end), offset)
    return
  }
  // "| 0" tells the compiler that the numbers are small: without it every round of the loops boxes and unboxes them.
  let from = start | 0
  let to = offset | 0
  const stop = end | 0
  // Eight at a time: a third faster than one at a time, for what most names and values are long.
  for (const last = (stop - 8) | 0; from <= last; from = (from + 8) | 0, to = (to + 8) | 0) {
    target[to] = source[from] as number
    target[to + 1] = source[from + 1] as number
    target[to + 2] = source[from + 2] as number
    target[to + 3] = source[from + 3] as number
    target[to + 4] = source[from + 4] as number
    target[to + 5] = source[from + 5] as number
    target[to + 6] = source[from + 6] as number
    target[to + 7] = source[from + 7] as number
  }
  for (; from < stop; from = (from + 1) | 0, to = (to + 1) | 0) target[to] = source[from] as number
}

/** Up to this many bytes copying four at a time is faster than a native copy. */
const WIDE_LIMIT = 256

function copyWide(source: DataView, start: number, end: number, target: DataView, offset: number): void {
  let from = start | 0
  let to = offset | 0
  const last = (end - 4) | 0
  if (from <= last) {
    for (; from < last; from = (from + 4) | 0, to = (to + 4) | 0) target.setInt32(to, source.getInt32(from, true), true)
    // The last four may overlap those before.
    target.setInt32((to + last - from) | 0, source.getInt32(last, true), true)
  } else {
    for (; from < end; from = (from + 1) | 0, to = (to + 1) | 0) target.setInt8(to, source.getInt8(from))
  }
}

/** Copies `bytes[start, end)` into a plain Uint8Array of its own; the `slice` of a Buffer would be a view. */
export function cloneBytes(bytes: Uint8Array, start = 0, end: number = bytes.length): Uint8Array {
  const clone = new Uint8Array(end - start)
  copyBytes(bytes, start, end, clone, 0)
  return clone
}
