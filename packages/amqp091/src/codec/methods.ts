import type { Arguments } from "@polymq/broker"
import type { LAYOUTS } from "./layouts.ts"

/** "queue.declare" and so on. */
export type MethodName = keyof typeof LAYOUTS

/** What an argument is in JavaScript. Delivery tags are the only 64-bit arguments and stay far below 2^53. */
interface Decoded {
  readonly bit: boolean
  readonly octet: number
  readonly short: number
  readonly long: number
  readonly longlong: number
  readonly shortstr: string
  readonly longstr: Uint8Array
  readonly table: Arguments
}

type ArgumentTypes<Name extends MethodName> = (typeof LAYOUTS)[Name]["arguments"]

/** The arguments of one method, without the reserved ones. */
export type ArgumentsOf<Name extends MethodName> = {
  readonly [Key in keyof ArgumentTypes<Name> as ArgumentTypes<Name>[Key] extends keyof Decoded
    ? Key
    : never]: ArgumentTypes<Name>[Key] extends keyof Decoded ? Decoded[ArgumentTypes<Name>[Key]] : never
}

/** A decoded method. */
export type Method = {
  readonly [Name in MethodName]: { readonly name: Name; readonly arguments: ArgumentsOf<Name> }
}[MethodName]
