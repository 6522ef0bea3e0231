import type { Slot } from "@polymq/message"
import { asBuffer } from "@polymq/wire"
import { Claim } from "./claim.ts"
import type { Write } from "./plan.ts"

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
  readonly #rules: MapRules
  readonly #lose: (claim: Claim) => void
  readonly #comparesKeys: boolean
  readonly #claims: Claim[] = []
  #count = 0

  /** `lose` is told of claims that lose their key to another. */
  constructor(rules: MapRules, lose: (claim: Claim) => void) {
    this.#rules = rules
    this.#lose = lose
    this.#comparesKeys = rules.isSorted || !rules.isRepeated
  }

  get count(): number {
    return this.#count
  }

  /** The claim at a place; not held where it was dropped. */
  at(place: number): Claim {
    return this.#claims[place] as Claim
  }

  add(write: Write, field: Slot, source: Slot): Claim {
    const place = this.#count++
    if (place === this.#claims.length) this.#claims.push(new Claim())
    const claim = this.#claims[place] as Claim
    claim.hold(write, field, source)
    if (this.#comparesKeys) claim.prefix = prefixOf(claim.keyed)
    return claim
  }

  clear(): void {
    this.#count = 0
  }

  /** Sorts the claims where the map is sorted, and drops those whose key another one takes. */
  settle(): void {
    if (this.#count < 2) return
    const { isSorted, isRepeated } = this.#rules
    if (isSorted) this.#sort()
    if (isRepeated) return
    if (isSorted) this.#dropEqualNeighbours()
    else if (this.#count <= FEW) this.#dropEqualPairs()
    else this.#dropEqualHashed()
  }

  /** By key, then by precedence; both ways of sorting keep the order of equals. */
  #sort(): void {
    const claims = this.#claims
    if (this.#count > FEW) {
      const sorted = claims.slice(0, this.#count).sort((left, right) => compare(left, right))
      for (const [place, claim] of sorted.entries()) claims[place] = claim
      return
    }
    for (let sorted = 1; sorted < this.#count; sorted++) {
      const claim = claims[sorted] as Claim
      let at = sorted
      for (; at > 0; at--) {
        const previous = claims[at - 1] as Claim
        if (claim.prefix > previous.prefix) break
        if (claim.prefix === previous.prefix && compare(claim, previous) >= 0) break
        claims[at] = previous
      }
      if (at < sorted) claims[at] = claim
    }
  }

  #dropEqualNeighbours(): void {
    let winner = this.#claims[0] as Claim
    for (let at = 1; at < this.#count; at++) {
      const claim = this.#claims[at] as Claim
      if (hasEqualKey(winner, claim)) this.#drop(claim)
      else winner = claim
    }
  }

  #dropEqualPairs(): void {
    for (let at = 1; at < this.#count; at++) {
      const claim = this.#claims[at] as Claim
      for (let earlier = 0; earlier < at; earlier++) {
        const rival = this.#claims[earlier] as Claim
        if (!rival.isHeld || !hasEqualKey(rival, claim)) continue
        this.#dropWeaker(rival, claim)
        break
      }
    }
  }

  #dropEqualHashed(): void {
    const holders = new Map<string, Claim>()
    for (let at = 0; at < this.#count; at++) {
      const claim = this.#claims[at] as Claim
      const key = keyText(claim.keyed)
      const holder = holders.get(key)
      holders.set(key, holder === undefined ? claim : this.#dropWeaker(holder, claim))
    }
  }

  /** Of two claims with equal keys, drops the weaker and returns the other. */
  #dropWeaker(earlier: Claim, later: Claim): Claim {
    const isLaterStronger = later.write.rank < earlier.write.rank
    this.#drop(isLaterStronger ? earlier : later)
    return isLaterStronger ? later : earlier
  }

  #drop(claim: Claim): void {
    this.#lose(claim)
    claim.isHeld = false
  }
}

function prefixOf({ keyBytes, keyStart, keyEnd }: Slot): number {
  const length = keyEnd - keyStart
  if (length > 2) {
    return (
      ((keyBytes[keyStart] as number) << 16) |
      ((keyBytes[keyStart + 1] as number) << 8) |
      (keyBytes[keyStart + 2] as number)
    )
  }
  const first = length > 0 ? (keyBytes[keyStart] as number) : 0
  return (first << 16) | (length > 1 ? (keyBytes[keyStart + 1] as number) << 8 : 0)
}

function compare(left: Claim, right: Claim): number {
  return compareKeys(left.keyed, right.keyed) || left.write.rank - right.write.rank
}

function hasEqualKey(left: Claim, right: Claim): boolean {
  return left.prefix === right.prefix && compareKeys(left.keyed, right.keyed) === 0
}

/** Compares keys octet by octet; a beginning comes before its continuation. */
function compareKeys(left: Slot, right: Slot): number {
  const { keyBytes: leftBytes, keyStart: leftStart } = left
  const { keyBytes: rightBytes, keyStart: rightStart } = right
  const leftLength = left.keyEnd - leftStart
  const rightLength = right.keyEnd - rightStart
  for (let at = 0; at < leftLength && at < rightLength; at++) {
    const difference = (leftBytes[leftStart + at] as number) - (rightBytes[rightStart + at] as number)
    if (difference !== 0) return difference
  }
  return leftLength - rightLength
}

/** A key as a string that is equal where the octets are. */
function keyText({ keyBytes, keyStart, keyEnd }: Slot): string {
  return asBuffer(keyBytes).toString("latin1", keyStart, keyEnd)
}
