import { NO_BYTES } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"

/** Where a transform leaves its result: bytes it writes, or a range of the message it shares. Reused for every message. */
export class Output {
  readonly writer: ByteWriter = new ByteWriter(1024)
  /** Storage of the last result. */
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  #isShared = false

  /** Forgets all results; what they occupied is overwritten. */
  reset(): void {
    this.writer.reset()
  }

  /** Begins the next result behind the earlier ones. */
  begin(): void {
    this.start = this.writer.at
    this.#isShared = false
  }

  /** Makes `bytes[start, end)` the result, without a copy. */
  share(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
    this.#isShared = true
  }

  /** Finishes the result: `bytes[start, end)`. Later results may move what was written: then `bytes` is the writer's anew. */
  finish(): void {
    if (this.#isShared) return
    this.bytes = this.writer.bytes
    this.end = this.writer.at
  }
}
