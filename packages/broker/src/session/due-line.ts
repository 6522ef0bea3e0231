/** Something that is due at a time. */
export interface Due {
  /** Milliseconds since 1970. */
  readonly dueMs: number
  /** Its place in the line, which keeps it; -1 outside. */
  place: number
}

/** What is due, soonest first: a binary heap whose items know their places, so that any of them leaves without being searched for. */
export class DueLine<Item extends Due> {
  readonly #heap: Item[] = []

  get length(): number {
    return this.#heap.length
  }

  get first(): Item | undefined {
    return this.#heap[0]
  }

  /** `dueMs` must not change while the item is in line. */
  add(item: Item): void {
    this.#heap.push(item)
    this.#rise(item, this.#heap.length - 1)
  }

  /** Nothing happens when it is not in line. */
  remove(item: Item): void {
    const at = item.place
    if (at === -1) return
    item.place = -1
    const last = this.#heap.pop()
    if (last === undefined || last === item) return
    this.#rise(last, at)
    this.#sink(last, last.place)
  }

  #rise(item: Item, from: number): void {
    let at = from
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = this.#heap[parentAt]
      if (parent === undefined || parent.dueMs <= item.dueMs) break
      this.#put(parent, at)
      at = parentAt
    }
    this.#put(item, at)
  }

  #sink(item: Item, from: number): void {
    let at = from
    for (;;) {
      const left = this.#heap[2 * at + 1]
      const right = this.#heap[2 * at + 2]
      const sooner = left !== undefined && right !== undefined && right.dueMs < left.dueMs ? right : left
      if (sooner === undefined || sooner.dueMs >= item.dueMs) break
      const next = sooner.place
      this.#put(sooner, at)
      at = next
    }
    this.#put(item, at)
  }

  #put(item: Item, at: number): void {
    this.#heap[at] = item
    item.place = at
  }
}
