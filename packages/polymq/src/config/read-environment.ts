import { ConfigurationError } from "./configuration-error.ts"
import type { Given } from "./given.ts"
import { nearest } from "./nearest.ts"
import type { Setting } from "./settings.ts"

const PREFIX = "POLYMQ_"

/** Names that people know from RabbitMQ's images, and what they mean here. */
const ALIASES: Readonly<Record<string, string>> = {
  RABBITMQ_DEFAULT_USER: "POLYMQ_DEFAULT_USER_NAME",
  RABBITMQ_DEFAULT_PASS: "POLYMQ_DEFAULT_USER_PASSWORD",
}

/** Names the command itself reads; they are no settings. */
const RESERVED = new Set(["POLYMQ_CONFIG"])

/** What the environment sets, and what looks as if it should. */
export interface EnvironmentValues {
  readonly given: readonly Given[]
  /** Variables with our prefix that mean nothing; not an error, because orchestrators make up such names. */
  readonly warnings: readonly string[]
}

/** Reads the settings' variables; an own name wins over an alias. Raises `ConfigurationError`. */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  settings: readonly Setting[],
): EnvironmentValues {
  const byVariable = new Map(settings.map((setting) => [setting.variable, setting]))
  const given: Given[] = []
  const warnings: string[] = []
  for (const name of [...Object.keys(ALIASES), ...Object.keys(environment).filter((key) => key.startsWith(PREFIX))]) {
    const value = environment[name]
    if (value === undefined || RESERVED.has(name)) continue
    const setting = byVariable.get(ALIASES[name] ?? name)
    if (setting === undefined) warnings.push(unknown(name, [...byVariable.keys()]))
    else given.push({ path: setting.path, value: fromText(value, setting), origin: name })
  }
  return { given, warnings }
}

/** A text from the environment or the command line as the setting takes it. */
export function fromText(text: string, { variable, form }: Setting): string | number | boolean | readonly string[] {
  if (text === "") throw new ConfigurationError([`${variable} is empty: give it a value or remove it`])
  if (form === "number" && /^\d+$/.test(text)) return Number(text)
  if (form === "flag" && (text === "true" || text === "false")) return text === "true"
  if (form === "list") return text.split(",").map((part) => part.trim())
  return text
}

function unknown(name: string, known: readonly string[]): string {
  const meant = nearest(name, known)
  return `environment variable ${name} means nothing here${meant === undefined ? "" : `; did you mean ${meant}?`}`
}
