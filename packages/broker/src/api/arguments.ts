import type { Argument } from "@polymq/message"

export type { Argument }

/** Arguments by name, in the order in which they were given. */
export type Arguments = ReadonlyMap<string, Argument>

/** No arguments. */
export const NO_ARGUMENTS: Arguments = new Map<string, Argument>()
