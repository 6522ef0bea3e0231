import { Slot } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"

/**
 * Where a transform leaves its result: bytes it writes, or a range of the message it shares. Reused for every message;
 * the results of one are in slots, which every message gets in the same order.
 */
export class Output {
  readonly writer: ByteWriter = new ByteWriter(1024)
  readonly #results: Slot[] = []
  #count = 0
  #start = 0
  #shared: Uint8Array | undefined = undefined
  #end = 0

  /** Forgets all results; what they occupied is overwritten. */
  reset(): void {
    this.writer.reset()
    this.#count = 0
  }

  /** Begins the next result behind the earlier ones. */
  begin(): void {
    this.#start = this.writer.at
    this.#shared = undefined
  }

  /** Makes `bytes[start, end)` the result, without a copy. */
  share(bytes: Uint8Array, start: number, end: number): void {
    this.#shared = bytes
    this.#start = start
    this.#end = end
  }

  /** Finishes the result. Later ones may replace the writer's storage, but do not move what was written. */
  finish(): Slot {
    if (this.#count === this.#results.length) this.#results.push(new Slot())
    const result = this.#results[this.#count++] as Slot
    if (this.#shared === undefined) result.setValue(this.writer.bytes, this.#start, this.writer.at)
    else result.setValue(this.#shared, this.#start, this.#end)
    return result
  }
}
