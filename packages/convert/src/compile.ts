import { type Assembler, FieldIndex, type Format, type Message } from "@polymq/message"
import { Claims, compareKeys, keyText, NONE } from "./claims.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { type Plan, planOf, type Step, type Write } from "./plan.ts"
import type { Names, Profile } from "./profile.ts"
import type { Table } from "./table.ts"

/** Values that one row lost since the start. */
export interface Loss {
  readonly row: string
  readonly count: number
}

/** A compiled table: converts one message at a time, never throws. */
export interface Converter {
  readonly table: Table
  /** The conversion of a message of `table.from`; valid until the next call. */
  convert(message: Message): Message
  /** Rows that have lost values, in the order of the table. */
  losses(): readonly Loss[]
}

/**
 * Resolves a table ahead of time. Raises `Error` where the table is not sound for the two formats.
 */
export function compile(table: Table, source: Format, target: Format, profile: Profile, names: Names): Converter {
  return new CompiledTable(table, source, target, profile, names)
}

/** Up to this many entries of a map, comparing each with each is faster than sorting or hashing. */
const FEW_ENTRIES = 16

/**
 * Two passes per message. First every field found takes the first row whose conditions hold and claims the row's targets;
 * then the winning claims are written in the target's wire order.
 */
class CompiledTable implements Converter {
  readonly table: Table
  readonly #source: Format
  readonly #names: Names
  readonly #plan: Plan
  readonly #nested: NestedConversion
  readonly #assembler: Assembler
  readonly #index = new FieldIndex()
  readonly #output = new Output()
  readonly #claims = new Claims()
  readonly #lossCounts: Float64Array
  /** Winning claim by target field that is not a map. */
  readonly #single: Int32Array
  /** Claims by target field that is a map. */
  readonly #entries: (number[] | undefined)[]
  readonly #isSorted: readonly boolean[]
  readonly #isRepeated: readonly boolean[]

  constructor(table: Table, source: Format, target: Format, profile: Profile, names: Names) {
    this.table = table
    this.#source = source
    this.#names = names
    this.#plan = planOf(table, source, target, profile)
    this.#nested = new NestedConversion(table, source, target, profile, names)
    this.#assembler = target.assembler()
    this.#lossCounts = new Float64Array(this.#plan.ids.length)
    this.#single = new Int32Array(target.fields.length).fill(NONE)
    this.#entries = target.fields.map((field) => (field.isMap ? [] : undefined))
    this.#isSorted = target.fields.map((field) => table.sorted.includes(field.name))
    this.#isRepeated = target.fields.map((field) => table.repeated.includes(field.name))
  }

  convert(message: Message): Message {
    const index = this.#index
    this.#claims.count = 0
    this.#output.reset()
    this.#source.scan(message, index)
    for (let slot = 0; slot < index.count; slot++) this.#take(message, slot)
    this.#assembler.begin(message)
    const { fields } = this.#plan
    for (let at = 0; at < fields.length; at++) this.#write(fields[at] as number)
    return this.#assembler.finish()
  }

  losses(): readonly Loss[] {
    return this.#plan.ids.flatMap((row, number) => {
      const count = this.#lossCounts[number] as number
      return count > 0 ? [{ row, count }] : []
    })
  }

  /** Finds the row of a slot and lays its claims. A field that breaks a condition or transform is lost, nothing else. */
  #take(message: Message, slot: number): void {
    const index = this.#index
    const steps = this.#plan.steps[(index.field[slot] as number) * this.#plan.typeCount + (index.type[slot] as number)]
    if (steps === undefined) return
    let step = steps[steps.length - 1] as Step
    try {
      for (let at = 0; at < steps.length; at++) {
        step = steps[at] as Step
        if (this.#holds(step, message, slot)) break
      }
      if (step.writes.length > 0) this.#claimAll(step, message, slot)
      else if (step.isLoss) this.#lose(step)
    } catch {
      this.#lose(step)
    }
  }

  #holds(step: Step, message: Message, slot: number): boolean {
    const { conditions } = step
    for (let at = 0; at < conditions.length; at++) {
      if (conditions[at]?.test(message, this.#index, slot, this.#names) === false) return false
    }
    return true
  }

  #claimAll(step: Step, message: Message, slot: number): void {
    const index = this.#index
    const output = this.#output
    if (step.isNested) {
      const { value } = this.#nested.convert(this.#source.read(index, slot))
      if (value === undefined) this.#lose(step)
      else this.#claim(step, slot, output.bytes, 0, 0, value)
      return
    }
    if (step.via === undefined) {
      const bytes = index.bytes[slot] as Uint8Array
      this.#claim(step, slot, bytes, index.start[slot] as number, index.end[slot] as number, undefined)
      return
    }
    output.begin()
    const verdict = step.via.apply(message, index, slot, this.#names, output)
    if (verdict.outcome === "lost") {
      this.#lose(step)
      return
    }
    output.finish()
    this.#claim(step, slot, output.bytes, output.start, output.end, undefined)
  }

  #claim(
    step: Step,
    slot: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: ReturnType<Format["read"]> | undefined,
  ): void {
    const claims = this.#claims
    const { writes } = step
    for (let at = 0; at < writes.length; at++) {
      const write = writes[at] as Write
      const { literal } = write
      const claim =
        literal === undefined
          ? claims.add(step, write, bytes, start, end, value)
          : claims.add(step, write, literal, 0, literal.length, undefined)
      if (write.isMap) this.#enterMap(claim, write, slot)
      else this.#enterField(claim, write)
    }
  }

  #enterField(claim: number, write: Write): void {
    const holder = this.#single[write.field] as number
    if (holder === NONE) this.#single[write.field] = claim
    else if (write.rank < (this.#claims.write[holder] as Write).rank) {
      this.#loseClaim(holder)
      this.#single[write.field] = claim
    } else this.#loseClaim(claim)
  }

  #enterMap(claim: number, write: Write, slot: number): void {
    const { key } = write
    const index = this.#index
    if (key !== undefined) this.#claims.setKey(claim, key, 0, key.length)
    else {
      const bytes = index.bytes[slot] as Uint8Array
      this.#claims.setKey(claim, bytes, index.keyStart[slot] as number, index.keyEnd[slot] as number)
    }
    this.#entries[write.field]?.push(claim)
  }

  #write(field: number): void {
    const entries = this.#entries[field]
    if (entries !== undefined) {
      if (entries.length === 0) return
      this.#settle(field, entries)
      for (let at = 0; at < entries.length; at++) if (entries[at] !== NONE) this.#putEntry(entries[at] as number)
      entries.length = 0
      return
    }
    const claim = this.#single[field] as number
    if (claim === NONE) return
    this.#single[field] = NONE
    this.#put(claim)
  }

  #put(claim: number): void {
    const claims = this.#claims
    const write = claims.write[claim] as Write
    const value = claims.value[claim]
    const bytes = claims.bytes[claim] as Uint8Array
    const start = claims.start[claim] as number
    const end = claims.end[claim] as number
    try {
      if (value !== undefined) this.#assembler.putValue(write.field, value)
      else if (write.isBody) this.#assembler.putBody(bytes, start, end)
      else this.#assembler.put(write.field, write.type, bytes, start, end)
    } catch {
      this.#loseClaim(claim)
    }
  }

  #putEntry(claim: number): void {
    const claims = this.#claims
    const { field, keyType, type } = claims.write[claim] as Write
    const value = claims.value[claim]
    const keyBytes = claims.keyBytes[claim] as Uint8Array
    const keyStart = claims.keyStart[claim] as number
    const keyEnd = claims.keyEnd[claim] as number
    const bytes = claims.bytes[claim] as Uint8Array
    const start = claims.start[claim] as number
    const end = claims.end[claim] as number
    try {
      if (value !== undefined) this.#assembler.putEntryValue(field, keyBytes, keyStart, keyEnd, keyType, value)
      else this.#assembler.putEntry(field, keyBytes, keyStart, keyEnd, keyType, type, bytes, start, end)
    } catch {
      this.#loseClaim(claim)
    }
  }

  /** Sorts the claims of a map where the table says so, and takes out those that lose their key to another. */
  #settle(field: number, entries: number[]): void {
    if (this.#isSorted[field] === true) {
      this.#sort(entries)
      if (this.#isRepeated[field] !== true) this.#dropEqualNeighbours(entries)
    } else if (this.#isRepeated[field] !== true) {
      if (entries.length <= FEW_ENTRIES) this.#dropEqualPairs(entries)
      else this.#dropEqualHashed(entries)
    }
  }

  /** By key, then by precedence, then by place. */
  #precedes(left: number, right: number): number {
    const claims = this.#claims
    return (
      compareKeys(claims, left, right) ||
      (claims.write[left] as Write).rank - (claims.write[right] as Write).rank ||
      left - right
    )
  }

  #sort(entries: number[]): void {
    if (entries.length > FEW_ENTRIES) {
      entries.sort((left, right) => this.#precedes(left, right))
      return
    }
    for (let sorted = 1; sorted < entries.length; sorted++) {
      const claim = entries[sorted] as number
      let at = sorted
      while (at > 0 && this.#precedes(claim, entries[at - 1] as number) < 0) {
        entries[at] = entries[at - 1] as number
        at--
      }
      entries[at] = claim
    }
  }

  #dropEqualNeighbours(entries: number[]): void {
    let winner = entries[0] as number
    for (let at = 1; at < entries.length; at++) {
      const claim = entries[at] as number
      if (compareKeys(this.#claims, winner, claim) === 0) {
        this.#loseClaim(claim)
        entries[at] = NONE
      } else winner = claim
    }
  }

  #dropEqualPairs(entries: number[]): void {
    for (let at = 1; at < entries.length; at++) {
      for (let earlier = 0; earlier < at; earlier++) {
        if (entries[earlier] === NONE) continue
        if (compareKeys(this.#claims, entries[earlier] as number, entries[at] as number) !== 0) continue
        this.#dropWeaker(entries, earlier, at)
        break
      }
    }
  }

  #dropEqualHashed(entries: number[]): void {
    const places = new Map<string, number>()
    for (let at = 0; at < entries.length; at++) {
      const key = keyText(this.#claims, entries[at] as number)
      const earlier = places.get(key)
      if (earlier === undefined) places.set(key, at)
      else places.set(key, this.#dropWeaker(entries, earlier, at))
    }
  }

  /** Of two places with equal keys, drops the weaker claim and returns the place of the other. */
  #dropWeaker(entries: number[], earlier: number, later: number): number {
    const { write } = this.#claims
    const isLaterStronger =
      (write[entries[later] as number] as Write).rank < (write[entries[earlier] as number] as Write).rank
    const dropped = isLaterStronger ? earlier : later
    this.#loseClaim(entries[dropped] as number)
    entries[dropped] = NONE
    return isLaterStronger ? later : earlier
  }

  #loseClaim(claim: number): void {
    const isLiteral = (this.#claims.write[claim] as Write).literal !== undefined
    if (!isLiteral) this.#lose(this.#claims.step[claim] as Step)
  }

  #lose(step: Step): void {
    this.#lossCounts[step.lossNumber] = (this.#lossCounts[step.lossNumber] as number) + 1
  }
}
