import { type Assembler, FieldIndex, type Format, type Message, type Value } from "@polymq/message"
import { ClaimedEntries } from "./claimed-entries.ts"
import { Claims, NONE } from "./claims.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { NOT_COUNTED, type Plan, planOf, type Step, type Write } from "./plan.ts"
import type { Names, Profile } from "./profile.ts"
import type { Condition, Table, Transform, Unpacking } from "./table.ts"

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
  readonly #typeCount: number
  readonly #lossCounts: Float64Array
  /** Winning claim by target field that is not a map. */
  readonly #single: Int32Array
  /** Claims by target field that is a map. */
  readonly #entries: readonly (ClaimedEntries | undefined)[]

  constructor(table: Table, source: Format, target: Format, profile: Profile, names: Names) {
    this.table = table
    this.#source = source
    this.#names = names
    this.#plan = planOf(table, source, target, profile)
    this.#nested = new NestedConversion(table, source, target, profile, names)
    this.#assembler = target.assembler()
    this.#typeCount = target.types.length
    this.#lossCounts = new Float64Array(this.#plan.ids.length)
    this.#single = new Int32Array(target.fields.length).fill(NONE)
    this.#entries = target.fields.map(({ name, isMap }) => {
      const rules = { isSorted: table.sorted.includes(name), isRepeated: table.repeated.includes(name) }
      return isMap ? new ClaimedEntries(this.#claims, this.#index, rules, (claim) => this.#loseClaim(claim)) : undefined
    })
  }

  convert(message: Message): Message {
    const index = this.#index
    this.#output.reset()
    this.#source.scan(message, index)
    this.#claims.reset(index.count * this.#plan.mostWrites)
    // Values that are taken apart add slots behind those found here.
    const { count } = index
    for (let slot = 0; slot < count; slot++) this.#take(message, slot)
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
    const { steps, typeCount } = this.#plan
    const ways = steps[(index.field[slot] as number) * typeCount + (index.type[slot] as number)] as readonly Step[]
    let step = ways[0] as Step
    try {
      for (let at = 0; at < ways.length; ) {
        step = ways[at] as Step
        if (step.guard?.test(message, index, slot, this.#names) === false) at = step.skipTo
        else if (this.#holds(step, message, slot)) break
        else at++
      }
      if (step.unpack !== undefined) this.#unpack(step, step.unpack, slot)
      else if (step.writes.length === 0) this.#lose(step.lossNumber)
      else if (step.via !== undefined) this.#transform(step, step.via, message, slot)
      else if (step.isNested) this.#nest(step, slot)
      else this.#claim(step, slot)
    } catch {
      this.#lose(step.lossNumber)
    }
  }

  #holds(step: Step, message: Message, slot: number): boolean {
    const { conditions } = step
    for (let at = 0; at < conditions.length; at++) {
      if (!(conditions[at] as Condition).test(message, this.#index, slot, this.#names)) return false
    }
    return true
  }

  #transform(step: Step, via: Transform, message: Message, slot: number): void {
    const output = this.#output
    output.begin()
    if (via.apply(message, this.#index, slot, this.#names, output).outcome === "lost") {
      this.#lose(step.lossNumber)
      return
    }
    output.finish()
    const claims = this.#claims
    let claim = claims.count
    this.#claim(step, slot)
    for (; claim < claims.count; claim++) {
      if (claims.start[claim] === NONE) claims.setBytes(claim, output.bytes, output.start, output.end)
    }
  }

  #nest(step: Step, slot: number): void {
    const { value, row } = this.#nested.convert(this.#source.read(this.#index, slot))
    if (value === undefined) {
      this.#lose(row === undefined ? step.lossNumber : this.#plan.ids.indexOf(row.id))
      return
    }
    const claims = this.#claims
    let claim = claims.count
    this.#claim(step, slot)
    for (; claim < claims.count; claim++) claims.value[claim] = value
  }

  #unpack({ parts }: Step, { list }: Unpacking, slot: number): void {
    const index = this.#index
    const found = list(index, slot)
    // Those of the slots that are still to come have to fit too.
    this.#claims.makeRoom(found.count + index.count * this.#plan.mostWrites)
    for (let part = 0; part < found.count; part++) {
      const field = found.field[part] as number
      const type = found.type[part] as number
      const write = parts[field * this.#typeCount + type]
      if (write === undefined) continue
      const bytes = found.bytes[part] as Uint8Array
      const keyStart = found.keyStart[part] as number
      const keyEnd = found.keyEnd[part] as number
      const start = found.start[part] as number
      const own = index.addEntry(field, type, bytes, start, found.end[part] as number, 0, keyStart, keyEnd)
      this.#lay(write, own)
    }
  }

  /** Claims every target of a step, for the value of the slot as it is. */
  #claim(step: Step, slot: number): void {
    const { writes } = step
    for (let at = 0; at < writes.length; at++) this.#lay(writes[at] as Write, slot)
  }

  #lay(write: Write, slot: number): void {
    const claim = this.#claims.add(write, slot)
    const { literal } = write
    if (literal !== undefined) this.#claims.setBytes(claim, literal, 0, literal.length)
    const entries = this.#entries[write.field]
    if (entries === undefined) this.#enter(claim, write)
    else entries.add(claim)
  }

  #enter(claim: number, write: Write): void {
    const holder = this.#single[write.field] as number
    if (holder === NONE) this.#single[write.field] = claim
    else if (write.rank < (this.#claims.write[holder] as Write).rank) {
      this.#loseClaim(holder)
      this.#single[write.field] = claim
    } else this.#loseClaim(claim)
  }

  #write(field: number): void {
    const entries = this.#entries[field]
    if (entries === undefined) {
      const claim = this.#single[field] as number
      if (claim === NONE) return
      this.#single[field] = NONE
      this.#put(claim)
    } else if (entries.count > 0) {
      entries.settle()
      for (let at = 0; at < entries.count; at++) if (entries.at(at) !== NONE) this.#putEntry(entries.at(at))
      entries.clear()
    }
  }

  #put(claim: number): void {
    const claims = this.#claims
    const { field, type, isBody, isNested } = claims.write[claim] as Write
    const slot = claims.slot[claim] as number
    const own = claims.start[claim] as number
    const bytes = (own === NONE ? this.#index.bytes[slot] : claims.bytes[claim]) as Uint8Array
    const start = own === NONE ? (this.#index.start[slot] as number) : own
    const end = (own === NONE ? this.#index.end[slot] : claims.end[claim]) as number
    try {
      if (isNested) this.#assembler.putValue(field, claims.value[claim] as Value)
      else if (isBody) this.#assembler.putBody(bytes, start, end)
      else this.#assembler.put(field, type, bytes, start, end)
    } catch {
      this.#loseClaim(claim)
    }
  }

  #putEntry(claim: number): void {
    const claims = this.#claims
    const index = this.#index
    const { field, key, keyType, type, isNested } = claims.write[claim] as Write
    const slot = claims.slot[claim] as number
    const own = claims.start[claim] as number
    const bytes = (own === NONE ? index.bytes[slot] : claims.bytes[claim]) as Uint8Array
    const start = own === NONE ? (index.start[slot] as number) : own
    const end = (own === NONE ? index.end[slot] : claims.end[claim]) as number
    const keyBytes = key ?? (index.bytes[slot] as Uint8Array)
    const keyStart = key === undefined ? (index.keyStart[slot] as number) : 0
    const keyEnd = key === undefined ? (index.keyEnd[slot] as number) : key.length
    const assembler = this.#assembler
    try {
      if (isNested) assembler.putEntryValue(field, keyBytes, keyStart, keyEnd, keyType, claims.value[claim] as Value)
      else assembler.putEntry(field, keyBytes, keyStart, keyEnd, keyType, type, bytes, start, end)
    } catch {
      this.#loseClaim(claim)
    }
  }

  #loseClaim(claim: number): void {
    this.#lose((this.#claims.write[claim] as Write).lossNumber)
  }

  #lose(number: number): void {
    if (number !== NOT_COUNTED) this.#lossCounts[number] = (this.#lossCounts[number] as number) + 1
  }
}
