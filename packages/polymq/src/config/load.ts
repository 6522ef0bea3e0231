import type { z } from "zod"
import { ConfigurationError } from "./configuration-error.ts"
import type { Given } from "./given.ts"
import { nearest } from "./nearest.ts"
import { readEnvironment } from "./read-environment.ts"
import { readConfigurationFile } from "./read-file.ts"
import { type Configuration, configurationSchema } from "./schema.ts"
import { listSettings, type Setting } from "./settings.ts"

/** Where settings come from. */
export interface ConfigurationSources {
  /** Path of a YAML file. */
  readonly file?: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: readonly Given[]
}

/** A configuration that has been checked. */
export interface LoadedConfiguration {
  readonly configuration: Configuration
  readonly warnings: readonly string[]
}

/** Flags win over the environment, the environment over the file, the file over defaults. Raises `ConfigurationError`. */
export async function loadConfiguration(sources: ConfigurationSources): Promise<LoadedConfiguration> {
  const settings = listSettings()
  const file = sources.file === undefined ? [] : await readConfigurationFile(sources.file)
  const environment = readEnvironment(sources.environment, settings)
  const configuration = checkConfiguration([...file, ...environment.given, ...sources.flags], settings)
  return { configuration, warnings: environment.warnings }
}

/** Merges values, later ones over earlier ones, and checks them. Raises `ConfigurationError` naming every problem. */
export function checkConfiguration(given: readonly Given[], settings: readonly Setting[]): Configuration {
  const result = configurationSchema.safeParse(merge(given))
  if (result.success) return result.data
  const keys = knownKeys(settings)
  throw new ConfigurationError(result.error.issues.flatMap((issue) => describe(issue, given, settings, keys)))
}

type Section = { [key: string]: unknown }

function newSection(): Section {
  return Object.create(null) as Section
}

function merge(given: readonly Given[]): Section {
  const top = newSection()
  for (const { path, value } of given) {
    let section = top
    for (const key of path.slice(0, -1)) section = child(section, key)
    const last = path.at(-1) ?? ""
    if (isSection(value) && Object.keys(value).length === 0) child(section, last)
    else section[last] = value
  }
  return top
}

function child(section: Section, key: string): Section {
  const existing = section[key]
  if (isSection(existing)) return existing
  const created = newSection()
  section[key] = created
  return created
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The keys that each section knows, by the section's path. */
function knownKeys(settings: readonly Setting[]): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>()
  for (const { path } of settings) {
    path.forEach((key, depth) => {
      const section = path.slice(0, depth).join(".")
      known.set(section, (known.get(section) ?? new Set()).add(key))
    })
  }
  return known
}

function describe(
  issue: z.core.$ZodIssue,
  given: readonly Given[],
  settings: readonly Setting[],
  known: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const key = issue.path.join(".")
  const at = (name: string) => given.filter(({ path }) => path.join(".") === name)
  if (issue.code === "unrecognized_keys") {
    const siblings = [...(known.get(key) ?? [])]
    return issue.keys.map((unknown) => {
      const name = [...issue.path, unknown].join(".")
      const meant = nearest(unknown, siblings)
      const remedy = meant === undefined ? `known here: ${siblings.join(", ")}` : `did you mean ${meant}?`
      return `${at(name)[0]?.origin ?? "configuration"}: unknown key ${name}; ${remedy}`
    })
  }
  const setting = settings.find(({ path }) => path.join(".") === key)
  const expects = setting?.expects ?? `a section with the keys ${[...(known.get(key) ?? [])].join(", ")}`
  const last = at(key).at(-1)
  return [`${last?.origin ?? "configuration"}: ${key} must be ${expects}, not ${JSON.stringify(last?.value)}`]
}
