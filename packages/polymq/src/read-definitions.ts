import { readFile } from "node:fs/promises"
import { ConfigurationError } from "./config/configuration-error.ts"

/** Definitions as parsed JSON, from the object itself or the path of a file. Raises `ConfigurationError`. */
export async function readDefinitions(definitions: object | string): Promise<unknown> {
  if (typeof definitions !== "string") return definitions
  try {
    return JSON.parse(await readFile(definitions, "utf8"))
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT"
    const problem = isMissing ? "there is no such definitions file" : (cause as Error).message
    throw new ConfigurationError([`${definitions}: ${problem}`], { cause })
  }
}
