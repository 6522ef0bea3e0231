import { DecodeError } from "./decode-error.ts"

/** Reads `bytes[at, end)` front to back in network byte order. Every method raises `DecodeError` `TRUNCATED` beyond `end`. */
export class ByteReader {
  bytes: Uint8Array
  at: number
  end: number

  constructor(bytes: Uint8Array = EMPTY, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  /** Reads other bytes from now on. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.at = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.at
  }

  /** Passes over `count` bytes and returns the offset of the first. */
  take(count: number): number {
    const start = this.at
    if (count > this.end - start)
      throw new DecodeError("TRUNCATED", `${count} bytes expected, ${this.end - start} left`)
    this.at = start + count
    return start
  }

  uint8(): number {
    return this.bytes[this.take(1)] as number
  }

  int8(): number {
    return (this.uint8() << 24) >> 24
  }

  uint16(): number {
    return readUint16(this.bytes, this.take(2))
  }

  int16(): number {
    return (this.uint16() << 16) >> 16
  }

  uint32(): number {
    return readUint32(this.bytes, this.take(4))
  }

  int32(): number {
    return this.uint32() | 0
  }

  uint64(): bigint {
    return readUint64(this.bytes, this.take(8))
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64())
  }

  float32(): number {
    return viewOf(this.bytes).getFloat32(this.take(4))
  }

  float64(): number {
    return viewOf(this.bytes).getFloat64(this.take(8))
  }
}

const EMPTY = new Uint8Array(0)

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The two bytes at `offset` as an unsigned integer; the caller has checked the bounds. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number)
}

/** The four bytes at `offset` as an unsigned integer; the caller has checked the bounds. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  )
}

/** The eight bytes at `offset` as an unsigned integer; the caller has checked the bounds. */
export function readUint64(bytes: Uint8Array, offset: number): bigint {
  return (BigInt(readUint32(bytes, offset)) << 32n) | BigInt(readUint32(bytes, offset + 4))
}
