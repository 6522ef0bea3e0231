import type { Value } from "@polymq/message"
import type {
  ARCHETYPES,
  CompositeName,
  FieldLayout,
  FieldType,
  Layouts,
  PERFORMATIVES,
  SASL_BODIES,
} from "./layouts.ts"

type OneOf<Names extends readonly CompositeName[]> = { [Index in keyof Names]: Composite<Names[Index]> }[number]

/** What a field of each type is in a decoded composite. */
export interface TypeValues extends Readonly<Record<FieldType, unknown>> {
  readonly boolean: boolean
  readonly ubyte: number
  readonly ushort: number
  readonly uint: number
  readonly ulong: bigint
  readonly string: string
  readonly symbol: string
  readonly binary: Uint8Array
  /** A value of type "map" in the types of the amqp10 format. */
  readonly map: Value
  readonly error: Composite<"error">
  readonly source: Composite<"source">
  readonly target: OneOf<(typeof ARCHETYPES)["target"]>
  readonly deliveryState: OneOf<(typeof ARCHETYPES)["deliveryState"]>
}

type Fields<Name extends CompositeName> = Layouts[Name]["fields"][number]

type Single<Field extends FieldLayout> = Field extends { readonly multiple: true }
  ? readonly TypeValues[Field["type"]][]
  : TypeValues[Field["type"]]

/** Absent fields that are "multiple" are empty. */
type IsAlwaysThere<Field extends FieldLayout> = Field extends
  | { readonly mandatory: true }
  | { readonly multiple: true }
  | { readonly default: unknown }
  ? true
  : false

/** A decoded composite, field by field as its layout says: defaults filled in, other absent fields undefined. */
export type Composite<Name extends CompositeName> = { readonly type: Name } & {
  readonly [Field in Fields<Name> as Field["name"]]: IsAlwaysThere<Field> extends true
    ? Single<Field>
    : Single<Field> | undefined
}

/** What a composite is encoded from: only the mandatory fields must be there. */
export type Draft<Name extends CompositeName> = { readonly type: Name } & {
  readonly [Field in Fields<Name> as Field extends { readonly mandatory: true } ? Field["name"] : never]: DraftOf<Field>
} & {
  readonly [Field in Fields<Name> as Field extends { readonly mandatory: true } ? never : Field["name"]]?:
    | DraftOf<Field>
    | undefined
}

/** Nested composites are drafts, too. */
type DraftOf<Field extends FieldLayout> = Field["type"] extends keyof typeof ARCHETYPES
  ? DraftOneOf<(typeof ARCHETYPES)[Field["type"]]>
  : Single<Field>

type DraftOneOf<Names extends readonly CompositeName[]> = { [Index in keyof Names]: Draft<Names[Index]> }[number]

export type AnyDraft = { [Name in CompositeName]: Draft<Name> }[CompositeName]
export type PerformativeDraft = DraftOneOf<typeof PERFORMATIVES>
export type SaslDraft = DraftOneOf<typeof SASL_BODIES>
export type Performative = OneOf<typeof PERFORMATIVES>
export type SaslBody = OneOf<typeof SASL_BODIES>
export type DeliveryState = TypeValues["deliveryState"]
