import { DecodeError } from "@polymq/wire"
import { CODE } from "./constructors.ts"
import { countAt, sizedEnd } from "./values.ts"

/** Where the elements of a list or map are; reused, so that opening one allocates nothing. */
export class Compound {
  /** Elements announced; keys and values of a map count apart. */
  count = 0
  /** Offset of the first element. */
  at = 0
  /** Offset behind the list or map. */
  end = 0

  /** Takes size and count off the list at `start`; its elements are not looked at. Raises `DecodeError`. */
  openList(bytes: Uint8Array, start: number, end: number): void {
    const code = start < end ? bytes[start] : undefined
    if (code === CODE.list8) this.#open(bytes, start + 1, 1, end)
    else if (code === CODE.list32) this.#open(bytes, start + 1, 4, end)
    else if (code === CODE.list0) {
      this.count = 0
      this.at = this.end = start + 1
    } else throw new DecodeError("MALFORMED", "a list expected")
  }

  /** Takes size and count off the map at `start`; its entries are not looked at. Raises `DecodeError`. */
  openMap(bytes: Uint8Array, start: number, end: number): void {
    const code = start < end ? bytes[start] : undefined
    if (code === CODE.map8) this.#open(bytes, start + 1, 1, end)
    else if (code === CODE.map32) this.#open(bytes, start + 1, 4, end)
    else throw new DecodeError("MALFORMED", "a map expected")
    if (this.count % 2 !== 0) throw new DecodeError("MALFORMED", `a map of ${this.count} keys and values`)
  }

  #open(bytes: Uint8Array, at: number, width: 1 | 4, end: number): void {
    this.end = sizedEnd(bytes, at, width, end)
    this.count = countAt(bytes, at + width, width, this.end)
    this.at = at + 2 * width
  }
}
