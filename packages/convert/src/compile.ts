import { type Assembler, FieldIndex, type Format, type Message, type Value } from "@polymq/message"
import { Claim, NONE } from "./claim.ts"
import { ClaimedEntries } from "./claimed-entries.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { NOT_COUNTED, type Plan, planOf, type Write } from "./plan.ts"
import type { Names, Profile } from "./profile.ts"
import { NO_OCTET, type Step } from "./step.ts"
import type { Table, Transform, Unpacking } from "./table.ts"

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

/** A target field: what is claimed of it, entry by entry where it is a map. */
interface Place {
  readonly claim: Claim
  readonly entries: ClaimedEntries | undefined
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
  readonly #typeCount: number
  readonly #lossCounts: Float64Array
  /** By number of the target field. */
  readonly #places: readonly Place[]
  /** Those that rows write, in wire order. */
  readonly #written: readonly Place[]

  constructor(table: Table, source: Format, target: Format, profile: Profile, names: Names) {
    this.table = table
    this.#source = source
    this.#names = names
    this.#plan = planOf(table, source, target, profile)
    this.#nested = new NestedConversion(table, source, target, profile, names)
    this.#assembler = target.assembler()
    this.#typeCount = target.types.length
    this.#lossCounts = new Float64Array(this.#plan.ids.length)
    this.#places = target.fields.map(({ name, isMap }) => {
      const rules = { isSorted: table.sorted.includes(name), isRepeated: table.repeated.includes(name) }
      const lose = (claim: Claim): void => this.#lose(claim.write.lossNumber)
      return { claim: new Claim(), entries: isMap ? new ClaimedEntries(this.#index, rules, lose) : undefined }
    })
    this.#written = this.#plan.fields.map((field) => this.#places[field] as Place)
  }

  convert(message: Message): Message {
    const index = this.#index
    this.#output.reset()
    this.#source.scan(message, index)
    // Values that are taken apart add slots behind those found here.
    const { count } = index
    for (let slot = 0; slot < count; slot++) this.#take(message, slot)
    const assembler = this.#assembler
    assembler.begin(message)
    const places = this.#written
    for (let at = 0; at < places.length; at++) {
      const { claim, entries } = places[at] as Place
      if (entries !== undefined) {
        if (entries.count > 0) this.#putEntries(entries)
      } else if (claim.slot !== NONE) this.#put(claim)
    }
    return assembler.finish()
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
    const { ways, waysByOctet, typeCount } = this.#plan
    const way = (index.field[slot] as number) * typeCount + (index.type[slot] as number)
    const byOctet = waysByOctet[way]
    let step = (byOctet === undefined ? ways[way] : byOctet[keyOctet(index, slot)]) as Step
    try {
      while (step.next !== undefined && !this.#holds(step, message, slot)) step = step.next
      if (step.writes.length === 0) {
        if (step.unpack === undefined) this.#lose(step.lossNumber)
        else this.#unpack(step, step.unpack, slot)
      } else if (step.via !== undefined) this.#transform(step, step.via, message, slot)
      else if (step.isNested) this.#nest(step, slot)
      else {
        const { writes } = step
        for (let at = 0; at < writes.length; at++) this.#claim(writes[at] as Write, slot)
      }
    } catch {
      this.#lose(step.lossNumber)
    }
  }

  #holds({ first, second, third }: Step, message: Message, slot: number): boolean {
    const index = this.#index
    const names = this.#names
    return (
      (first === undefined || first(message, index, slot, names)) &&
      (second === undefined || second(message, index, slot, names)) &&
      (third === undefined || third(message, index, slot, names))
    )
  }

  #transform({ writes, lossNumber }: Step, via: Transform, message: Message, slot: number): void {
    const output = this.#output
    output.begin()
    if (via.apply(message, this.#index, slot, this.#names, output).outcome === "lost") {
      this.#lose(lossNumber)
      return
    }
    output.finish()
    for (let at = 0; at < writes.length; at++) {
      const write = writes[at] as Write
      const claim = this.#claim(write, slot)
      if (write.literal === undefined) claim?.setBytes(output.bytes, output.start, output.end)
    }
  }

  #nest({ writes, lossNumber }: Step, slot: number): void {
    const { value, row } = this.#nested.convert(this.#source.read(this.#index, slot))
    if (value === undefined) {
      this.#lose(row === undefined ? lossNumber : this.#plan.ids.indexOf(row.id))
      return
    }
    for (const write of writes) {
      const claim = this.#claim(write, slot)
      if (claim !== undefined) claim.value = value
    }
  }

  #unpack({ parts }: Step, { list }: Unpacking, slot: number): void {
    const index = this.#index
    const found = list(index, slot)
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
      this.#claim(write, own)
    }
  }

  /** Claims a target for the value of a slot as it is, or the literal; undefined where a stronger claim is there. */
  #claim(write: Write, slot: number): Claim | undefined {
    const { claim: single, entries } = this.#places[write.field] as Place
    let claim = single
    if (entries !== undefined) claim = entries.add(write, slot)
    else {
      if (single.slot !== NONE) {
        const isWeaker = write.rank >= single.write.rank
        this.#lose(isWeaker ? write.lossNumber : single.write.lossNumber)
        if (isWeaker) return undefined
      }
      single.set(write, slot)
    }
    const { literal } = write
    if (literal !== undefined) claim.setBytes(literal, 0, literal.length)
    return claim
  }

  #put(claim: Claim): void {
    const index = this.#index
    const { write, slot, start } = claim
    claim.slot = NONE
    try {
      if (write.isNested) this.#assembler.putValue(write.field, claim.value as Value)
      else if (start !== NONE) this.#putBytes(write, claim.bytes, start, claim.end)
      else
        this.#putBytes(write, index.bytes[slot] as Uint8Array, index.start[slot] as number, index.end[slot] as number)
    } catch {
      this.#lose(write.lossNumber)
    }
  }

  #putBytes({ field, type, isBody }: Write, bytes: Uint8Array, start: number, end: number): void {
    if (isBody) this.#assembler.putBody(bytes, start, end)
    else this.#assembler.put(field, type, bytes, start, end)
  }

  #putEntries(entries: ClaimedEntries): void {
    entries.settle()
    for (let at = 0; at < entries.count; at++) {
      const claim = entries.at(at)
      if (claim.slot !== NONE) this.#putEntry(claim)
    }
    entries.clear()
  }

  #putEntry(claim: Claim): void {
    const index = this.#index
    const { write, slot, start: own } = claim
    const { field, key, keyType, type } = write
    const bytes = index.bytes[slot] as Uint8Array
    const keyBytes = key ?? bytes
    const keyStart = key === undefined ? (index.keyStart[slot] as number) : 0
    const keyEnd = key === undefined ? (index.keyEnd[slot] as number) : key.length
    const assembler = this.#assembler
    try {
      if (write.isNested) {
        assembler.putEntryValue(field, keyBytes, keyStart, keyEnd, keyType, claim.value as Value)
      } else if (own !== NONE) {
        assembler.putEntry(field, keyBytes, keyStart, keyEnd, keyType, type, claim.bytes, own, claim.end)
      } else {
        const start = index.start[slot] as number
        assembler.putEntry(field, keyBytes, keyStart, keyEnd, keyType, type, bytes, start, index.end[slot] as number)
      }
    } catch {
      this.#lose(write.lossNumber)
    }
  }

  #lose(number: number): void {
    if (number !== NOT_COUNTED) this.#lossCounts[number] = (this.#lossCounts[number] as number) + 1
  }
}

/** The first octet of the key of a slot that is a map entry. */
function keyOctet(index: FieldIndex, slot: number): number {
  const start = index.keyStart[slot] as number
  return start < (index.keyEnd[slot] as number) ? ((index.bytes[slot] as Uint8Array)[start] as number) : NO_OCTET
}
