import type { Argument } from "../api/arguments.ts"

/** What a value must be, in words for the error, and how to tell. */
export interface Shape {
  readonly expected: string
  test(value: Argument): boolean
}

export const COUNT: Shape = { expected: "a non-negative integer", test: (value) => isInteger(value) && value >= 0 }

export const OCTET: Shape = {
  expected: "an integer from 0 to 255",
  test: (value) => isInteger(value) && value >= 0 && value <= 0xff,
}

export const POSITIVE: Shape = { expected: "a positive integer", test: (value) => isInteger(value) && value > 0 }

export const INTEGER: Shape = { expected: "an integer", test: isInteger }

export const TEXT: Shape = { expected: "text", test: (value) => typeof value === "string" }

export const FLAG: Shape = { expected: "a boolean", test: (value) => typeof value === "boolean" }

/** One of these. */
export function oneOf(...choices: readonly Argument[]): Shape {
  return { expected: `one of ${choices.join(", ")}`, test: (value) => choices.includes(value) }
}

function isInteger(value: Argument): value is number | bigint {
  return typeof value === "bigint" || Number.isInteger(value)
}
