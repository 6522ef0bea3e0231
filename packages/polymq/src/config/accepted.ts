/** What a setting accepts, and what it is when nobody sets it. */
export interface Accepted<Value> {
  /** In words: "a whole number from 0 to 65535, or off". */
  readonly expects: string
  /** What a text on the command line or in the environment stands for: digits, true and false, parts between commas. */
  readonly form: "text" | "number" | "flag" | "list"
  readonly default: Value
  readonly description: string
  accepts(value: unknown): boolean
}

/** A whole number in a range, both ends included. */
export function wholeNumber(minimum: number, maximum: number, value: number, description: string): Accepted<number> {
  return {
    expects: `a whole number from ${minimum} to ${maximum}`,
    form: "number",
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
    form: "text",
    default: value,
    description,
    accepts: (given) => typeof given === "string" && given !== "",
  }
}

/** True or false. */
export function yesOrNo(value: boolean, description: string): Accepted<boolean> {
  return {
    expects: "true or false",
    form: "flag",
    default: value,
    description,
    accepts: (given) => typeof given === "boolean",
  }
}

/** Any number of texts that are not empty; in the environment with commas between them. */
export function texts(description: string): Accepted<readonly string[]> {
  return {
    expects: "a list of texts",
    form: "list",
    default: [],
    description,
    accepts: (given) => Array.isArray(given) && given.every((one) => typeof one === "string" && one !== ""),
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
    form: "text",
    default: value,
    description,
    accepts: (given) => choices.some((choice) => choice === given),
  }
}
