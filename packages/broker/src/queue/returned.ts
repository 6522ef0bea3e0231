import type { HeldEntry } from "./held-entry.ts"

/**
 * Entries that came back, lowest position first: a binary heap, so that returning a hundred thousand of them in any
 * order stays cheap. All of them were in front of everything that still waits for its first delivery.
 */
export class Returned {
  #heap: HeldEntry[] = []

  get length(): number {
    return this.#heap.length
  }

  peek(): HeldEntry | undefined {
    return this.#heap[0]
  }

  push(entry: HeldEntry): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(entry)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt]
      if (parent === undefined || parent.position <= entry.position) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = entry
  }

  shift(): HeldEntry | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      const leftAt = 2 * at + 1
      const left = heap[leftAt]
      if (left === undefined) break
      const right = heap[leftAt + 1]
      const takesRight = right !== undefined && right.position < left.position
      const child = takesRight ? right : left
      if (child.position >= last.position) break
      heap[at] = child
      at = takesRight ? leftAt + 1 : leftAt
    }
    heap[at] = last
    return first
  }

  clear(): void {
    this.#heap = []
  }

  /** By position. */
  sorted(): HeldEntry[] {
    return this.#heap.toSorted((left, right) => left.position - right.position)
  }
}
