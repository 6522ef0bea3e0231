/** Entries per chunk. */
const CHUNK_ENTRIES = 4096

interface Chunk<Item> {
  readonly items: (Item | undefined)[]
  next: Chunk<Item> | undefined
}

/** A first-in first-out queue in chunks of 4 096 items: long queues never copy, short ones own a short array. */
export class Ring<Item> {
  #head: Chunk<Item> = { items: [], next: undefined }
  #tail: Chunk<Item> = this.#head
  /** Place of the first item in the head chunk. */
  #from = 0
  /** Place behind the last item in the tail chunk. */
  #to = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: Item): void {
    if (this.#to === CHUNK_ENTRIES) {
      const chunk: Chunk<Item> = { items: [], next: undefined }
      this.#tail.next = chunk
      this.#tail = chunk
      this.#to = 0
    }
    this.#tail.items[this.#to++] = item
    this.#length++
  }

  peek(): Item | undefined {
    return this.#length === 0 ? undefined : this.#head.items[this.#from]
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined
    const item = this.#head.items[this.#from]
    this.#head.items[this.#from++] = undefined
    this.#length--
    if (this.#length === 0) {
      this.#from = 0
      this.#to = 0
    } else if (this.#from === CHUNK_ENTRIES && this.#head.next !== undefined) {
      this.#head = this.#head.next
      this.#from = 0
    }
    return item
  }

  /** Forgets all items and the memory they took. */
  clear(): void {
    this.#head = { items: [], next: undefined }
    this.#tail = this.#head
    this.#from = 0
    this.#to = 0
    this.#length = 0
  }

  /** First to last. The ring must not change meanwhile. */
  *[Symbol.iterator](): Generator<Item> {
    let chunk: Chunk<Item> | undefined = this.#head
    let at = this.#from
    for (let left = this.#length; left > 0 && chunk !== undefined; left--) {
      if (at === CHUNK_ENTRIES) {
        chunk = chunk.next
        at = 0
      }
      const item: Item | undefined = chunk?.items[at++]
      if (item !== undefined) yield item
    }
  }
}
