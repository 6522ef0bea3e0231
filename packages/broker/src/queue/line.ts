import type { HeldEntry } from "./held-entry.ts"

/** Entries that wait for a consumer, in the order in which they will be delivered. */
export interface Line {
  readonly length: number
  /** Adds an entry that has never been delivered. */
  push(entry: HeldEntry): void
  /** Puts an entry that came back to its place. */
  giveBack(entry: HeldEntry): void
  peek(): HeldEntry | undefined
  /** Takes out what `peek` shows. */
  shift(): HeldEntry | undefined
  clear(): void
  /** First to last. The line must not change meanwhile. */
  [Symbol.iterator](): Iterator<HeldEntry>
}
