import type { Write } from "./plan.ts"
import type { Condition, Transform, Unpacking } from "./table.ts"

/** What one row, joined with the type row that names its target type, makes of values that fulfil its conditions. */
export interface Alternative {
  /** Those on the key and on the value, and that of the type row, as far as there are any. */
  readonly conditions: readonly Condition[]
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
export interface Step extends Omit<Alternative, "conditions"> {
  readonly first: Condition["test"] | undefined
  readonly second: Condition["test"] | undefined
  readonly third: Condition["test"] | undefined
  /** Undefined for the last step, which has no conditions. */
  readonly next: Step | undefined
}

/** Stands for the first octet of a key that has none. */
export const NO_OCTET = 256

/** Chains alternatives in order, `last` behind them, and returns the first step. */
export function chain(alternatives: readonly Alternative[], last: Alternative): Step {
  let step = stepOf(last, undefined)
  for (const alternative of alternatives.toReversed()) step = stepOf(alternative, step)
  return step
}

/**
 * By the first octet of an entry's key, or `NO_OCTET`, the chain of those alternatives that such an entry can take;
 * undefined where that makes no difference.
 */
export function chainsByOctet(alternatives: readonly Alternative[], last: Alternative): readonly Step[] | undefined {
  const octets = new Set(alternatives.flatMap(({ conditions }) => conditions.flatMap(({ keyOctet }) => keyOctet ?? [])))
  if (octets.size === 0) return undefined
  const chains = Array<Step>(NO_OCTET + 1).fill(chain(admitting(alternatives, NO_OCTET), last))
  for (const octet of octets) chains[octet] = chain(admitting(alternatives, octet), last)
  return chains
}

function admitting(alternatives: readonly Alternative[], octet: number): readonly Alternative[] {
  return alternatives.filter(({ conditions }) => conditions.every(({ keyOctet = octet }) => keyOctet === octet))
}

/** Names every property, so that all steps have one hidden class. */
function stepOf(alternative: Alternative, next: Step | undefined): Step {
  const { conditions, via, isNested, writes, unpack, parts, lossNumber } = alternative
  const [first, second, third] = conditions.map(({ test }) => test)
  return { first, second, third, next, via, isNested, writes, unpack, parts, lossNumber }
}
