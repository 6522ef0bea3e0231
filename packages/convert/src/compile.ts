import {
  type Assembler,
  createMessage,
  FieldIndex,
  type Format,
  type Message,
  type Put,
  type Slot,
  type Value,
} from "@polymq/message"
import { readWide } from "@polymq/wire"
import { Claim } from "./claim.ts"
import { ClaimedEntries } from "./claimed-entries.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { NOT_COUNTED, type Plan, planOf, type Write } from "./plan.ts"
import type { Names, Profile } from "./profile.ts"
import { type Change, type Decided, Recipe } from "./recipe.ts"
import { RecipeBook } from "./recipe-book.ts"
import type { Step } from "./step.ts"
import type { Context, Table, Transform, Unpacking } from "./table.ts"
import { tableIn } from "./table-in-profile.ts"

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
 * then the winning claims are written in the target's wire order. For messages of a shape that has a recipe, the first
 * pass is only what depends on values.
 */
class CompiledTable implements Converter {
  readonly table: Table
  readonly #source: Format
  readonly #plan: Plan
  readonly #nested: NestedConversion
  readonly #assembler: Assembler
  readonly #index = new FieldIndex()
  readonly #context: CompiledContext
  readonly #output = new Output()
  readonly #recipes = new RecipeBook(this.#index)
  readonly #typeCount: number
  readonly #lossCounts: Float64Array
  /** By number of the target field. */
  readonly #places: readonly Place[]
  /** Those that rows write, in wire order. */
  readonly #written: readonly Place[]
  /** What is decided about a message for which a recipe is wanted. */
  #draft: Decided | undefined

  constructor(table: Table, source: Format, target: Format, profile: Profile, names: Names) {
    this.table = table
    this.#source = source
    this.#context = { names, message: createMessage(source.name, 0), index: this.#index }
    const own = tableIn(table, profile)
    this.#plan = planOf(own, source, target)
    this.#nested = new NestedConversion(own, source, target, names)
    this.#assembler = target.assembler()
    this.#typeCount = target.types.length
    this.#lossCounts = new Float64Array(this.#plan.ids.length)
    this.#places = target.fields.map(({ name, isMap }) => {
      const rules = { isSorted: own.sorted.includes(name), isRepeated: own.repeated.includes(name) }
      const lose = (claim: Claim): void => this.#lose(claim.write.lossNumber)
      return { claim: new Claim(), entries: isMap ? new ClaimedEntries(rules, lose) : undefined }
    })
    this.#written = this.#plan.fields.map((field) => this.#places[field] as Place)
  }

  convert(message: Message): Message {
    this.#context.message = message
    readWide(message.sectionsStart < message.sectionsEnd ? message.sections : message.head)
    this.#source.scan(message, this.#index)
    const recipe = this.#recipes.find()
    if (recipe === undefined) return this.#decide(message)
    if (this.#follow(recipe, message)) return this.#assembler.finish()
    this.#recipes.failed(recipe)
    return this.#decide(message)
  }

  losses(): readonly Loss[] {
    return this.#plan.ids.flatMap((row, number) => {
      const count = this.#lossCounts[number] as number
      return count > 0 ? [{ row, count }] : []
    })
  }

  /** Converts by a recipe; false where the message needs something else, and nothing has been counted then. */
  #follow(recipe: Recipe, message: Message): boolean {
    const output = this.#output
    const { changes, puts, losses } = recipe.decided
    output.reset()
    try {
      if (!recipe.decidesAlike(this.#context)) return false
      for (let at = 0; at < changes.length; at++) {
        const { slot, via } = changes[at] as Change
        output.begin()
        if (via.apply(slot, output, this.#context).outcome === "lost") return false
        output.finish()
      }
      this.#assembler.begin(message)
      this.#assembler.putAll(puts)
    } catch {
      return false
    }
    for (let at = 0; at < losses.length; at++) this.#lose(losses[at] as number)
    recipe.failures = 0
    return true
  }

  #decide(message: Message): Message {
    this.#output.reset()
    this.#draft = this.#recipes.isWanted ? { decisions: [], changes: [], puts: [], losses: [] } : undefined
    const { slots, count } = this.#index
    for (let at = 0; at < count; at++) this.#take(slots[at] as Slot)
    this.#assembler.begin(message)
    const places = this.#written
    for (let at = 0; at < places.length; at++) {
      const { claim, entries } = places[at] as Place
      if (entries !== undefined) {
        if (entries.count > 0) this.#writeEntries(entries)
      } else if (claim.isHeld) {
        claim.isHeld = false
        this.#write(claim)
      }
    }
    if (this.#draft !== undefined) this.#recipes.keep(new Recipe(this.#index, this.#draft))
    this.#draft = undefined
    return this.#assembler.finish()
  }

  /** Finds the row of a slot and lays its claims. A field that breaks a condition or transform is lost, nothing else. */
  #take(slot: Slot): void {
    const { ways, typeCount } = this.#plan
    let step = ways[slot.field * typeCount + slot.type] as Step
    try {
      while (step.next !== undefined && !this.#holds(step, slot)) step = step.next
      if (step.writes.length === 0) {
        if (step.unpack === undefined) this.#lose(step.lossNumber)
        else this.#unpack(step, step.unpack, slot)
      } else if (step.via !== undefined) this.#transform(step, step.via, slot)
      else if (step.isNested) this.#nest(step, slot)
      else this.#claimAll(step, slot, slot)
    } catch {
      this.#draft = undefined
      this.#lose(step.lossNumber)
    }
  }

  #holds({ key, first, second }: Step, slot: Slot): boolean {
    const context = this.#context
    if (key !== undefined && !key(slot, context)) return false
    if (first === undefined) return true
    const isHeld = first(slot, context) && (second === undefined || second(slot, context))
    this.#draft?.decisions.push({ slot, first, second, holds: isHeld })
    return isHeld
  }

  #transform(step: Step, via: Transform, slot: Slot): void {
    const output = this.#output
    output.begin()
    if (via.apply(slot, output, this.#context).outcome === "lost") {
      this.#draft = undefined
      this.#lose(step.lossNumber)
      return
    }
    this.#draft?.changes.push({ slot, via })
    this.#claimAll(step, slot, output.finish())
  }

  #nest({ writes, lossNumber }: Step, slot: Slot): void {
    this.#draft = undefined
    const { value, row } = this.#nested.convert(this.#source.read(slot))
    if (value === undefined) {
      this.#lose(row === undefined ? lossNumber : this.#plan.ids.indexOf(row.id))
      return
    }
    for (const write of writes) {
      const claim = this.#claim(write, slot, slot)
      if (claim !== undefined) claim.value = value
    }
  }

  #unpack({ parts }: Step, { list }: Unpacking, slot: Slot): void {
    this.#draft = undefined
    for (const part of list(slot, this.#context)) {
      const write = parts[part.field * this.#typeCount + part.type]
      if (write !== undefined) this.#claim(write, part, part)
    }
  }

  #claimAll({ writes }: Step, field: Slot, source: Slot): void {
    for (let at = 0; at < writes.length; at++) this.#claim(writes[at] as Write, field, source)
  }

  /** Claims a target for a field, whose value is in `source`; undefined where a stronger claim is there. */
  #claim(write: Write, field: Slot, source: Slot): Claim | undefined {
    const { claim, entries } = this.#places[write.field] as Place
    if (entries !== undefined) return entries.add(write, field, source)
    if (claim.isHeld) {
      const isWeaker = write.rank >= claim.write.rank
      this.#lose(isWeaker ? write.lossNumber : claim.write.lossNumber)
      if (isWeaker) return undefined
    }
    claim.hold(write, field, source)
    return claim
  }

  #writeEntries(entries: ClaimedEntries): void {
    entries.settle()
    for (let at = 0; at < entries.count; at++) {
      const claim = entries.at(at)
      if (claim.isHeld) this.#write(claim)
    }
    entries.clear()
  }

  #write(claim: Claim): void {
    const { write } = claim
    try {
      if (write.isNested) this.#writeNested(claim)
      else {
        const { put } = claim
        this.#put(put)
        this.#draft?.puts.push(put)
      }
    } catch {
      this.#draft = undefined
      this.#lose(write.lossNumber)
    }
  }

  #writeNested({ write, keyed, value }: Claim): void {
    if (write.isEntry) this.#assembler.putEntryValue(write.field, write.keyType, keyed, value as Value)
    else this.#assembler.putValue(write.field, value as Value)
  }

  #put({ field, type, isEntry, keyType, isBody, keyed, source }: Put): void {
    if (isEntry) this.#assembler.putEntry(field, keyType, keyed, type, source)
    else if (isBody) this.#assembler.putBody(source)
    else this.#assembler.put(field, type, source)
  }

  #lose(number: number): void {
    if (number === NOT_COUNTED) return
    this.#lossCounts[number] = (this.#lossCounts[number] as number) + 1
    this.#draft?.losses.push(number)
  }
}

/** The context of a compiled table: the message changes. */
interface CompiledContext extends Context {
  message: Message
}
