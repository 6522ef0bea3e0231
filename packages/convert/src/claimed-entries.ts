import type { FieldIndex } from "@polymq/message"
import { type Claims, NONE } from "./claims.ts"

/** Up to this many entries, comparing each with each is faster than sorting or hashing by the library. */
const FEW = 16

/** How a target map treats its entries. */
export interface MapRules {
  readonly isSorted: boolean
  /** Whether a key may stand there more than once. */
  readonly isRepeated: boolean
}

/** The claims on one target map, of one message at a time. */
export class ClaimedEntries {
  readonly #claims: Claims
  readonly #index: FieldIndex
  readonly #rules: MapRules
  readonly #lose: (claim: number) => void
  readonly #entries: number[] = []
  #count = 0

  /** `lose` is told of claims that lose their key to another. */
  constructor(claims: Claims, index: FieldIndex, rules: MapRules, lose: (claim: number) => void) {
    this.#claims = claims
    this.#index = index
    this.#rules = rules
    this.#lose = lose
  }

  get count(): number {
    return this.#count
  }

  /** The claim at a place; `NONE` where it was dropped. */
  at(place: number): number {
    return this.#entries[place] as number
  }

  add(claim: number): void {
    if (this.#rules.isSorted || !this.#rules.isRepeated) this.#claims.setPrefix(this.#index, claim)
    this.#entries[this.#count++] = claim
  }

  clear(): void {
    this.#count = 0
  }

  /** Sorts the claims where the map is sorted, and drops those whose key another one takes. */
  settle(): void {
    const { isSorted, isRepeated } = this.#rules
    if (isSorted) this.#sort()
    if (isRepeated) return
    if (isSorted) this.#dropEqualNeighbours()
    else if (this.#count <= FEW) this.#dropEqualPairs()
    else this.#dropEqualHashed()
  }

  /** By key, then by precedence, then by place. */
  #compare(left: number, right: number): number {
    return (
      this.#claims.compareKeys(this.#index, left, right) || this.#rankOf(left) - this.#rankOf(right) || left - right
    )
  }

  #rankOf(claim: number): number {
    return this.#claims.write[claim]?.rank ?? 0
  }

  #sort(): void {
    const entries = this.#entries
    if (this.#count > FEW) {
      entries.length = this.#count
      entries.sort((left, right) => this.#compare(left, right))
      return
    }
    const { prefix } = this.#claims
    for (let sorted = 1; sorted < this.#count; sorted++) {
      const claim = entries[sorted] as number
      const own = prefix[claim] as number
      let at = sorted
      for (; at > 0; at--) {
        const previous = entries[at - 1] as number
        const difference = own - (prefix[previous] as number)
        if (difference > 0 || (difference === 0 && this.#compare(claim, previous) > 0)) break
        entries[at] = previous
      }
      entries[at] = claim
    }
  }

  #dropEqualNeighbours(): void {
    const { prefix } = this.#claims
    let winner = this.#entries[0] as number
    for (let at = 1; at < this.#count; at++) {
      const claim = this.#entries[at] as number
      const mayBeEqual = prefix[winner] === prefix[claim]
      if (mayBeEqual && this.#claims.compareKeys(this.#index, winner, claim) === 0) this.#drop(at)
      else winner = claim
    }
  }

  #dropEqualPairs(): void {
    for (let at = 1; at < this.#count; at++) {
      for (let earlier = 0; earlier < at; earlier++) {
        const rival = this.#entries[earlier] as number
        if (rival === NONE || this.#claims.compareKeys(this.#index, rival, this.#entries[at] as number) !== 0) continue
        this.#dropWeaker(earlier, at)
        break
      }
    }
  }

  #dropEqualHashed(): void {
    const places = new Map<string, number>()
    for (let at = 0; at < this.#count; at++) {
      const key = this.#claims.keyText(this.#index, this.#entries[at] as number)
      const earlier = places.get(key)
      places.set(key, earlier === undefined ? at : this.#dropWeaker(earlier, at))
    }
  }

  /** Of two places with equal keys, drops the weaker claim and returns the place of the other. */
  #dropWeaker(earlier: number, later: number): number {
    const isLaterStronger =
      this.#rankOf(this.#entries[later] as number) < this.#rankOf(this.#entries[earlier] as number)
    this.#drop(isLaterStronger ? earlier : later)
    return isLaterStronger ? later : earlier
  }

  #drop(place: number): void {
    this.#lose(this.#entries[place] as number)
    this.#entries[place] = NONE
  }
}
