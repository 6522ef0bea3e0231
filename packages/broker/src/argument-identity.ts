import type { Argument, Arguments } from "./api/arguments.ts"

/** A text that is equal for equal arguments: numbers by value, tables without regard to order. */
export function identityOf(argument: Argument | Arguments): string {
  if (argument === null) return "null"
  if (typeof argument === "string") return JSON.stringify(argument)
  if (typeof argument === "object") return identityOfObject(argument)
  return `${argument}`
}

/** Whether two arguments have the same value. */
export function areEqualArguments(left: Argument, right: Argument): boolean {
  return left === right || identityOf(left) === identityOf(right)
}

function identityOfObject(argument: Uint8Array | readonly Argument[] | Arguments): string {
  if (argument instanceof Uint8Array) return `x${Buffer.from(argument).toString("hex")}`
  if (argument instanceof Map) {
    const entries = [...(argument as Arguments)].map(([key, value]) => `${JSON.stringify(key)}:${identityOf(value)}`)
    return `{${entries.sort().join()}}`
  }
  return `[${(argument as readonly Argument[]).map(identityOf).join()}]`
}
