import { Buffer } from "node:buffer"
import fc from "fast-check"
import { expect, test, vi } from "vitest"
import { DecodeError } from "./decode-error.ts"
import { FrameAssembler, type Framing } from "./frame-assembler.ts"

/** A frame is a number, a length, and as many bytes. */
const FRAMING: Framing = {
  frameBytes: (bytes, start, end) => (end - start < 2 ? 0 : 2 + (bytes[start + 1] as number)),
}

interface Received {
  readonly assembler: FrameAssembler
  readonly frames: number[][]
}

function receiver(maxFrameBytes = 1000, goesOn: (count: number) => boolean = () => true): Received {
  const frames: number[][] = []
  const assembler = new FrameAssembler(FRAMING, maxFrameBytes, (bytes, start, end) => {
    frames.push([...bytes.subarray(start, end)])
    return goesOn(frames.length)
  })
  return { assembler, frames }
}

function feed(assembler: FrameAssembler, bytes: Uint8Array): void {
  assembler.receive(bytes, 0, bytes.length)
}

const STREAM = Uint8Array.of(1, 0, 2, 3, 10, 11, 12, 3, 1, 20, 4, 5, 1, 2, 3, 4, 5)
const FRAMES = [
  [1, 0],
  [2, 3, 10, 11, 12],
  [3, 1, 20],
  [4, 5, 1, 2, 3, 4, 5],
]

test("cuts one chunk into its frames", () => {
  const { assembler, frames } = receiver()
  feed(assembler, STREAM)
  expect(frames).toEqual(FRAMES)
  expect(assembler.heldBytes).toBe(0)
})

test("finds the same frames whichever two places the stream is split at", () => {
  for (let first = 0; first <= STREAM.length; first++) {
    for (let second = first; second <= STREAM.length; second++) {
      const { assembler, frames } = receiver()
      assembler.receive(STREAM, 0, first)
      assembler.receive(STREAM, first, second)
      assembler.receive(STREAM, second, STREAM.length)
      expect(frames).toEqual(FRAMES)
      expect(assembler.heldBytes).toBe(0)
    }
  }
})

test("finds the same frames in chunks of any sizes", () => {
  const bodies = fc.array(fc.uint8Array({ maxLength: 255 }), { maxLength: 20 })
  const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(bodies, sizes, (contents, chunkSizes) => {
      const stream = Uint8Array.from(contents.flatMap((content) => [7, content.length, ...content]))
      const { assembler, frames } = receiver()
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const size = chunkSizes[turn % chunkSizes.length] as number
        feed(assembler, stream.slice(at, at + size))
        at += size
      }
      expect(frames).toEqual(contents.map((content) => [7, content.length, ...content]))
    }),
    { seed: 1 },
  )
})

test("hands on frames of a chunk without copying them", () => {
  const seen: Uint8Array[] = []
  const assembler = new FrameAssembler(FRAMING, 1000, (bytes) => {
    seen.push(bytes)
    return true
  })
  feed(assembler, STREAM)
  expect(seen.every((bytes) => bytes === STREAM)).toBe(true)
})

test("gives each frame that spans chunks memory that later chunks leave alone", () => {
  const seen: Uint8Array[] = []
  const assembler = new FrameAssembler(FRAMING, 1000, (bytes, start, end) => {
    seen.push(bytes.subarray(start, end))
    return true
  })
  for (const byte of STREAM) feed(assembler, Uint8Array.of(byte))
  expect(seen.map((frame) => [...frame])).toEqual(FRAMES)
})

test("stops reading when the sink says so", () => {
  const { assembler, frames } = receiver(1000, (count) => count < 2)
  feed(assembler, STREAM)
  expect(frames).toEqual(FRAMES.slice(0, 2))
})

test("stops reading at a frame that was held back", () => {
  const { assembler, frames } = receiver(1000, () => false)
  assembler.receive(STREAM, 0, 1)
  assembler.receive(STREAM, 1, STREAM.length)
  expect(frames).toEqual(FRAMES.slice(0, 1))
})

test("refuses a frame above the limit as soon as its size is known", () => {
  const whole = receiver(4)
  expect(() => feed(whole.assembler, STREAM)).toThrow(new DecodeError("TOO_LARGE", "frame of 5 bytes, the limit is 4"))
  const split = receiver(4)
  feed(split.assembler, Uint8Array.of(9))
  expect(() => feed(split.assembler, Uint8Array.of(200))).toThrow(DecodeError)
})

test("takes a new limit during the handshake", () => {
  const { assembler, frames } = receiver(2)
  assembler.receive(STREAM, 0, 2)
  assembler.maxFrameBytes = 5
  assembler.receive(STREAM, 2, 7)
  expect(frames).toEqual(FRAMES.slice(0, 2))
})

test("holds what has arrived, not what was announced", () => {
  const { assembler, frames } = receiver()
  feed(assembler, Uint8Array.of(1, 255, 3))
  expect(assembler.heldBytes).toBe(3)
  assembler.clear()
  expect(assembler.heldBytes).toBe(0)
  feed(assembler, Uint8Array.of(1, 0))
  expect(frames).toEqual([[1, 0]])
})

/** A frame is its length in four bytes, which count, and the rest. */
const LONG_FRAMING: Framing = {
  frameBytes: (bytes, start, end) =>
    end - start < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(start),
}

const LONG_MAX = 64 * 1024 * 1024

/** Sizes of the memory that is taken while `run` runs. */
function allocations(run: () => void): readonly number[] {
  const spy = vi.spyOn(Buffer, "allocUnsafeSlow")
  try {
    run()
    return spy.mock.calls.map(([size]) => size)
  } finally {
    spy.mockRestore()
  }
}

function announced(size: number, arrived: number): Uint8Array {
  const bytes = new Uint8Array(arrived)
  new DataView(bytes.buffer).setUint32(0, size)
  return bytes
}

test("takes the memory of a frame of up to 64 KiB once, as soon as its size is known", () => {
  const received: number[] = []
  const assembler = new FrameAssembler(LONG_FRAMING, LONG_MAX, (bytes, start, end) => {
    received.push(end - start, bytes.length)
    return true
  })
  const sizes = allocations(() => {
    feed(assembler, announced(16_400, 5))
    for (let left = 16_395; left > 0; left -= 5) feed(assembler, new Uint8Array(5))
  })
  expect(sizes).toEqual([16_400])
  expect(received).toEqual([16_400, 16_400])
})

test("takes memory for a larger frame by what has arrived, not by what it claims", () => {
  const assembler = new FrameAssembler(LONG_FRAMING, LONG_MAX, () => true)
  const sizes = allocations(() => {
    feed(assembler, announced(LONG_MAX, 10))
    feed(assembler, new Uint8Array(65_526))
    feed(assembler, new Uint8Array(1))
    feed(assembler, new Uint8Array(65_536))
  })
  expect(sizes).toEqual([65_536, 131_074])
  expect(assembler.heldBytes).toBe(131_073)
})

test("takes no more than a large frame needs in the end", () => {
  const frames: number[] = []
  const assembler = new FrameAssembler(LONG_FRAMING, LONG_MAX, (bytes) => {
    frames.push(bytes.length)
    return true
  })
  const sizes = allocations(() => {
    const start = announced(100_000, 65_000)
    assembler.receive(start, 0, 3)
    assembler.receive(start, 3, start.length)
    feed(assembler, new Uint8Array(35_000))
  })
  expect(sizes).toEqual([64, 100_000])
  expect(frames).toEqual([100_000])
})
