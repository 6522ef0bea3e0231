import { createMessage, FieldIndex, type Format, isList, Slot, type Value, ValueMap } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { Output } from "./output.ts"
import type { Names } from "./profile.ts"
import { recoded } from "./recoded.ts"
import type { Context, Row } from "./table.ts"
import type { TableInProfile } from "./table-in-profile.ts"

/** What became of a list or map. */
export interface NestedResult {
  /** Undefined where the whole value is lost. */
  readonly value: Value | undefined
  /** The type row that decided about the whole value; undefined where none matched. */
  readonly row: Row | undefined
  /** Elements and entries inside, at any depth, that are not in `value`. */
  readonly lostInside: number
}

/**
 * Converts decoded values by the type rows of a table, lists and maps element by element. An element that no row
 * converts is lost, the rest stays. Not for the common path: it allocates.
 */
export class NestedConversion {
  readonly #source: Format
  readonly #target: Format
  readonly #rows: readonly Row[]
  readonly #slot = new Slot()
  readonly #output = new Output()
  readonly #context: Context
  #lostInside = 0

  constructor(table: TableInProfile, source: Format, target: Format, names: Names) {
    this.#source = source
    this.#target = target
    this.#rows = table.types
    this.#context = { names, message: createMessage(source.name, 0), index: new FieldIndex() }
  }

  convert(value: Value): NestedResult {
    this.#lostInside = 0
    this.#output.reset()
    const row = this.#rowOf(value, value.type)
    const converted = row === undefined ? undefined : this.#apply(row, value)
    return { value: converted, row, lostInside: this.#lostInside }
  }

  #convert(value: Value, type: string): Value | undefined {
    const row = this.#rowOf(value, type)
    const converted = row === undefined ? undefined : this.#apply(row, value)
    if (converted === undefined) this.#lostInside++
    return converted
  }

  #rowOf(value: Value, type: string): Row | undefined {
    this.#placeInSlot(value)
    return this.#rows.find(
      (row) =>
        (row.type === type || (row.type === "*" && !type.endsWith(".key"))) &&
        row.when?.test(this.#slot, this.#context) !== false,
    )
  }

  #apply(row: Row, value: Value): Value | undefined {
    const { value: datum } = value
    if (row.as === "") return undefined
    if (isList(datum)) {
      const elements = datum.map((element) => this.#convert(element, element.type))
      return { type: row.as, value: elements.filter((element) => element !== undefined) }
    }
    if (datum instanceof ValueMap) return { type: row.as, value: this.#entriesOf(datum, `${value.type}.key`) }
    if (row.via !== undefined) return this.#transform(row, value)
    return { type: row.as, value: recoded(datum, this.#target.types.find(({ name }) => name === row.as)?.encoding) }
  }

  /** Converts keys by the rows of type "map.key"; of equal keys the first wins. */
  #entriesOf(map: ValueMap, keyType: string): ValueMap {
    const seen = new Set<string>()
    const entries: (readonly [Value, Value])[] = []
    for (const [sourceKey, sourceValue] of map.entries) {
      const value = this.#convert(sourceValue, sourceValue.type)
      if (value === undefined) continue
      const row = this.#rowOf(sourceKey, `${keyType}`)
      const key = row === undefined ? undefined : this.#apply(row, sourceKey)
      if (key === undefined || seen.has(String(key.value))) this.#lostInside++
      else {
        seen.add(String(key.value))
        entries.push([key, value])
      }
    }
    return new ValueMap(entries)
  }

  #transform(row: Row, value: Value): Value | undefined {
    const output = this.#output
    this.#placeInSlot(value)
    output.begin()
    const verdict = row.via?.apply(this.#slot, output, this.#context)
    if (verdict === undefined || verdict.outcome === "lost") return undefined
    const result = output.finish()
    result.type = this.#target.types.findIndex((spec) => spec.name === row.as)
    return this.#target.read(result)
  }

  /** Lays a value into the slot, so that conditions and transforms see it as they see a field. */
  #placeInSlot(value: Value): void {
    const slot = this.#slot
    const type = this.#source.types.findIndex((spec) => spec.name === value.type)
    const bytes = bytesOf(value, this.#source.types[type]?.encoding ?? "encoded")
    slot.type = Math.max(type, 0)
    slot.setValue(bytes, 0, bytes.length)
    slot.setKey(0, bytes, 0, bytes.length)
  }
}

/** A simple value in the encoding of its type; no bytes for what has none. */
function bytesOf(value: Value, encoding: Format["types"][number]["encoding"]): Uint8Array {
  const { value: datum } = value
  if (datum instanceof Uint8Array) return datum
  if (typeof datum === "string") return encodeUtf8(datum)
  if (typeof datum === "boolean") return Uint8Array.of(datum ? 1 : 0)
  const view = new DataView(new ArrayBuffer(8))
  if (encoding === "float" && value.type === "float") {
    view.setFloat32(0, Number(datum))
    return new Uint8Array(view.buffer, 0, 4)
  }
  if (encoding === "float") view.setFloat64(0, Number(datum))
  else if (typeof datum === "number" || typeof datum === "bigint") view.setBigInt64(0, BigInt(datum))
  else return new Uint8Array(0)
  return new Uint8Array(view.buffer)
}
