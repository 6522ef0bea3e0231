import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { WriteBuffers } from "./write-buffers.ts"
import { WriteQueue } from "./write-queue.ts"

function put(queue: WriteQueue, bytes: Uint8Array): void {
  const room = { bytes: new Uint8Array(0), start: 0 }
  queue.reserve(bytes.length, room)
  room.bytes.set(bytes, room.start)
}

function takeAll(queue: WriteQueue): Buffer {
  const runs: Buffer[] = []
  while (queue.bytes > 0) {
    const single = queue.takeSingle()
    if (single !== undefined) runs.push(single)
    else queue.takeBatch(runs)
  }
  return Buffer.concat(runs)
}

describe("the bytes waiting for a socket", () => {
  it("leave in the order in which they were written, whatever their size", () => {
    const step = fc.record({
      how: fc.constantFrom("reserve", "share", "take"),
      size: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 900, max: 1100 }), fc.constant(70_000)),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new WriteQueue(new WriteBuffers())
        const expected: Uint8Array[] = []
        const taken: Uint8Array[] = []
        let next = 0
        for (const { how, size } of steps) {
          if (how === "take") {
            taken.push(takeAll(queue))
            queue.recycle()
            continue
          }
          const bytes = new Uint8Array(size).fill(++next)
          expected.push(bytes)
          if (how === "reserve") put(queue, bytes)
          else queue.share(bytes, 0, bytes.length)
        }
        taken.push(takeAll(queue))
        expect(Buffer.concat(taken).equals(Buffer.concat(expected))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it("are gathered into one run when they are small", () => {
    const queue = new WriteQueue(new WriteBuffers())
    put(queue, Buffer.from("one "))
    put(queue, Buffer.from("two "))
    queue.share(Buffer.from("xxthreexx"), 2, 7)
    expect(queue.takeSingle()?.toString()).toBe("one two three")
    expect(queue.bytes).toBe(0)
  })

  it("are not copied from 1 KiB on", () => {
    const queue = new WriteQueue(new WriteBuffers())
    const payload = new Uint8Array(1024)
    queue.share(payload, 0, 1024)
    const batch: Buffer[] = []
    expect(queue.takeBatch(batch)).toBe(1024)
    expect(batch.map((run) => run.buffer)).toEqual([payload.buffer])
  })

  it("are handed over in batches of 128 KiB", () => {
    const queue = new WriteQueue(new WriteBuffers())
    queue.share(new Uint8Array(150_000), 0, 150_000)
    const sizes = [queue.takeBatch([]), queue.takeBatch([]), queue.takeBatch([]), queue.takeBatch([])]
    expect(sizes).toEqual([131_072, 18_928, 0, 0])
  })

  it("are kept apart from buffers that the kernel still reads", () => {
    const queue = new WriteQueue(new WriteBuffers())
    put(queue, Buffer.from("in flight"))
    const inFlight = queue.takeSingle()
    queue.lend()
    put(queue, Buffer.from("following"))
    queue.takeSingle()
    queue.recycle()
    put(queue, Buffer.from("and again"))
    expect(inFlight?.toString()).toBe("in flight")
  })

  it("use a buffer again once the kernel has taken what it took its time for", () => {
    const queue = new WriteQueue(new WriteBuffers())
    put(queue, Buffer.from("first"))
    const first = queue.takeSingle()
    queue.lend()
    put(queue, Buffer.from("meanwhile"))
    const second = queue.takeSingle()
    expect(second?.buffer).not.toBe(first?.buffer)
    queue.taken()
    queue.lend()
    put(queue, Buffer.from("third"))
    const third = queue.takeSingle()
    expect([third?.buffer === first?.buffer, second?.toString()]).toEqual([true, "meanwhile"])
  })

  it("are never overwritten on their way, however long the kernel takes", () => {
    const step = fc.record({ size: fc.constantFrom(1, 100, 5000, 70_000), isTaken: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue = new WriteQueue(new WriteBuffers())
        let inFlight: Buffer[] = []
        let next = 0
        let expected: Buffer = Buffer.alloc(0)
        for (const { size, isTaken } of steps) {
          const bytes = Buffer.alloc(size, ++next)
          if (size < 1024) put(queue, bytes)
          else queue.share(bytes, 0, size)
          if (!isTaken && inFlight.length > 0) continue
          expect(Buffer.concat(inFlight).equals(expected)).toBe(true)
          if (inFlight.length > 0) queue.taken()
          const runs: Buffer[] = []
          const single = queue.takeSingle()
          if (single === undefined) queue.takeBatch(runs)
          inFlight = single === undefined ? runs : [single]
          expected = Buffer.concat(inFlight)
          queue.lend()
        }
        expect(Buffer.concat(inFlight).equals(expected)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  it("use a buffer again once everything was taken", () => {
    const queue = new WriteQueue(new WriteBuffers())
    put(queue, Buffer.from("first"))
    const first = queue.takeSingle()
    queue.recycle()
    put(queue, Buffer.from("second"))
    expect(queue.takeSingle()?.buffer).toBe(first?.buffer)
  })
})
