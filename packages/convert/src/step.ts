import type { Write } from "./plan.ts"
import type { Condition, Transform, Unpacking } from "./table.ts"

/** What one row, joined with the type row that names its target type, makes of values that fulfil its conditions. */
export interface Alternative {
  /** The condition on the key, as far as there is one. */
  readonly key: Condition | undefined
  /** Those on the value, that of the type row included. */
  readonly when: readonly Condition[]
  readonly via: Transform | undefined
  /** Whether the value is a list or map, to be decoded and converted element by element. */
  readonly isNested: boolean
  /** Where the value goes; empty where this row ends its way, and where it is taken apart. */
  readonly writes: readonly Write[]
  readonly unpack: Unpacking | undefined
  /** Where the parts of an unpacked value go, by `field * type count + type` of the target; empty for others. */
  readonly parts: readonly (Write | undefined)[]
  /** Number of the row that the value is counted under where it is lost; `NOT_COUNTED` where its end is no loss. */
  readonly lossNumber: number
}

/**
 * One step on the way of a value: an alternative, and what is tried where its conditions do not hold. Conditions and
 * steps hang together directly, without lists between them, because a conversion takes dozens of steps.
 */
export interface Step extends Omit<Alternative, "key" | "when"> {
  readonly key: Condition["test"] | undefined
  readonly first: Condition["test"] | undefined
  readonly second: Condition["test"] | undefined
  /** Undefined for the last step, which has no conditions. */
  readonly next: Step | undefined
}

/** Chains alternatives in order, `last` behind them, and returns the first step. */
export function chain(alternatives: readonly Alternative[], last: Alternative): Step {
  let step = stepOf(last, undefined)
  for (const alternative of alternatives.toReversed()) step = stepOf(alternative, step)
  return step
}

/** Names every property, so that all steps have one hidden class. */
function stepOf(alternative: Alternative, next: Step | undefined): Step {
  const { key, when, via, isNested, writes, unpack, parts, lossNumber } = alternative
  const [first, second] = when.map(({ test }) => test)
  return { key: key?.test, first, second, next, via, isNested, writes, unpack, parts, lossNumber }
}
