import type { MqttProperties } from "@polymq/message"
import type { FieldKind, FieldLayout, LAYOUTS } from "./layouts.ts"

/** A topic filter and the byte of its options, as SUBSCRIBE carries them. */
export interface RequestedSubscription {
  readonly filter: string
  readonly options: number
}

/** What a field of each kind is in a decoded packet. */
interface KindValues extends Readonly<Record<FieldKind, unknown>> {
  readonly uint8: number
  readonly uint16: number
  readonly utf8: string
  readonly binary: Uint8Array
  readonly properties: MqttProperties
  readonly block: Uint8Array
  readonly subscriptions: readonly RequestedSubscription[]
  readonly filters: readonly string[]
  readonly codes: readonly number[]
  readonly payload: Uint8Array
}

type Layouts = typeof LAYOUTS
type Fields<Name extends keyof Layouts> = Layouts[Name]["fields"][number]
type Valued<Field extends FieldLayout> = Field extends { readonly when: object }
  ? KindValues[Field["kind"]] | undefined
  : KindValues[Field["kind"]]

/** A decoded packet, field by field as its layout says; what its version or flags leave out has its neutral value. */
export type PacketOf<Name extends keyof Layouts> = { readonly type: Name; readonly flags: number } & {
  readonly [Field in Fields<Name> as Field["name"]]: Valued<Field>
}

/** Any decoded packet. */
export type Packet = { [Name in keyof Layouts]: PacketOf<Name> }[keyof Layouts]
