import { type Value, ValueMap } from "@polymq/message"
import fc from "fast-check"
import type { AnyDraft } from "../codec/composites.ts"
import { ARCHETYPES, type CompositeName, type FieldLayout, type FieldType, LAYOUTS } from "../codec/layouts.ts"

const symbol = fc.stringMatching(/^[a-z:-]{0,12}$/)

const map: fc.Arbitrary<Value> = fc
  .array(fc.tuple(symbol, fc.oneof(fc.boolean(), fc.string({ unit: "grapheme", maxLength: 8 }))), { maxLength: 3 })
  .map((entries) => ({
    type: "map",
    value: new ValueMap(
      entries.map(([key, value]) => [
        { type: "symbol", value: key },
        { type: typeof value === "boolean" ? "boolean" : "string", value },
      ]),
    ),
  }))

const PRIMITIVES: Readonly<Record<Exclude<FieldType, keyof typeof ARCHETYPES>, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  ubyte: fc.nat(255),
  ushort: fc.nat(65_535),
  uint: fc.oneof(fc.nat(300), fc.nat(0xffff_ffff)),
  ulong: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  string: fc.string({ unit: "grapheme", maxLength: 300 }),
  symbol,
  binary: fc.uint8Array({ maxLength: 32 }),
  map,
}

function arbitraryField(field: FieldLayout): fc.Arbitrary<unknown> {
  if (field.multiple) return fc.array(symbol, { maxLength: 3 })
  const { type } = field
  if (!isArchetype(type)) return PRIMITIVES[type]
  const names: readonly CompositeName[] = ARCHETYPES[type]
  return fc.constantFrom(...names).chain((name) => arbitraryComposite(name))
}

function isArchetype(type: FieldType): type is keyof typeof ARCHETYPES {
  return Object.hasOwn(ARCHETYPES, type)
}

/** Drafts of a composite: mandatory fields always there, others now and then. */
export function arbitraryComposite(name: CompositeName): fc.Arbitrary<AnyDraft> {
  const fields: readonly FieldLayout[] = LAYOUTS[name].fields
  const entries = fields.map(
    (field) =>
      [
        field.name,
        field.mandatory ? arbitraryField(field) : fc.option(arbitraryField(field), { nil: undefined }),
      ] as const,
  )
  return fc.record(Object.fromEntries(entries)).map((values) => ({ type: name, ...values }) as unknown as AnyDraft)
}
