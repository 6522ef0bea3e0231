/** What a setting accepts, and what it is when nobody sets it. */
export interface Accepted<Value> {
  /** In words: "a whole number from 0 to 65535, or off". */
  readonly expects: string
  /** Whether digits on the command line or in the environment are a number. */
  readonly isNumeric: boolean
  readonly default: Value
  readonly description: string
  accepts(value: unknown): boolean
}

/** A whole number in a range, both ends included. */
export function wholeNumber(minimum: number, maximum: number, value: number, description: string): Accepted<number> {
  return {
    expects: `a whole number from ${minimum} to ${maximum}`,
    isNumeric: true,
    default: value,
    description,
    accepts: (given) => Number.isInteger(given) && (given as number) >= minimum && (given as number) <= maximum,
  }
}

/** What the other accepts, or the word off. */
export function orOff<Value>(other: Accepted<Value>): Accepted<Value | "off"> {
  return {
    ...other,
    expects: `${other.expects}, or off`,
    accepts: (given) => given === "off" || other.accepts(given),
  }
}

/** A text that is not empty. */
export function text<Value extends string | undefined>(value: Value, description: string): Accepted<Value | string> {
  return {
    expects: "a text",
    isNumeric: false,
    default: value,
    description,
    accepts: (given) => typeof given === "string" && given !== "",
  }
}

/** One of a few words. */
export function oneOf<const Choice extends string>(
  choices: readonly Choice[],
  value: NoInfer<Choice>,
  description: string,
): Accepted<Choice> {
  return {
    expects: choices.length === 1 ? choices.join() : `one of ${choices.join(", ")}`,
    isNumeric: false,
    default: value,
    description,
    accepts: (given) => choices.some((choice) => choice === given),
  }
}
