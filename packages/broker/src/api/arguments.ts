/**
 * Arguments of a declaration, binding or consumer, decoded from whichever protocol brought them. Numbers are compared
 * by value, whatever their wire type: integers are `number` where that is exact and `bigint` where not.
 */
export type Argument =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Argument[]
  | ReadonlyMap<string, Argument>

/** Arguments by name, in the order in which they were given. */
export type Arguments = ReadonlyMap<string, Argument>

/** No arguments. */
export const NO_ARGUMENTS: Arguments = new Map<string, Argument>()
