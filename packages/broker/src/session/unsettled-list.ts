import type { HeldEntry } from "../queue/held-entry.ts"

/** Entries under way in the order of their delivery, linked through the entries themselves: settling takes any of them out at once. */
export class UnsettledList {
  #first: HeldEntry | undefined
  #last: HeldEntry | undefined

  add(entry: HeldEntry): void {
    entry.earlier = this.#last
    if (this.#last === undefined) this.#first = entry
    else this.#last.later = entry
    this.#last = entry
  }

  remove(entry: HeldEntry): void {
    if (entry.earlier === undefined) this.#first = entry.later
    else entry.earlier.later = entry.later
    if (entry.later === undefined) this.#last = entry.earlier
    else entry.later.earlier = entry.earlier
    entry.earlier = undefined
    entry.later = undefined
  }

  /** Takes out the oldest; undefined when there is none. */
  shift(): HeldEntry | undefined {
    const entry = this.#first
    if (entry !== undefined) this.remove(entry)
    return entry
  }

  /** Oldest first. The list must not change meanwhile. */
  *[Symbol.iterator](): Generator<HeldEntry> {
    for (let entry = this.#first; entry !== undefined; entry = entry.later) yield entry
  }
}
