import type { ArgsDef } from "citty"
import { nearest } from "../config/nearest.ts"
import { CommandError } from "./command-error.ts"

/** Refuses flags that the command does not have: the parser lets them pass. Raises `CommandError`. */
export function refuseUnknown(given: Readonly<Record<string, unknown>>, known: ArgsDef): void {
  const names = Object.keys(known)
  for (const name of Object.keys(given)) {
    if (name === "_" || names.includes(name)) continue
    const meant = nearest(name, names)
    const remedy = meant === undefined ? "see --help" : `did you mean --${meant}?`
    throw new CommandError(2, `unknown flag --${name}; ${remedy}`)
  }
}

/** Refuses what is neither a flag nor the value of one, beyond the positionals that the command has. Raises `CommandError`. */
export function refuseExtra(positionals: readonly string[], count: number): void {
  const extra = positionals[count]
  if (extra !== undefined) throw new CommandError(2, `unexpected argument ${extra}; see --help`)
}
