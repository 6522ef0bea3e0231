import { dirname, resolve } from "node:path"
import { ConfigurationError } from "./configuration-error.ts"
import type { Given } from "./given.ts"
import { nearest } from "./nearest.ts"
import { readEnvironment } from "./read-environment.ts"
import { CONFIGURATION, type Configuration } from "./schema.ts"
import { isAccepted, listSettings, type Section, type Setting } from "./settings.ts"

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
  /** Where each key got its value, by its name: "tls.key" from "polymq.yaml:3:8". Nothing for defaults. */
  readonly origins: ReadonlyMap<string, string>
}

/** Flags win over the environment, the environment over the file, the file over defaults. Raises `ConfigurationError`. */
export async function loadConfiguration(sources: ConfigurationSources): Promise<LoadedConfiguration> {
  const settings = listSettings()
  const file = sources.file === undefined ? [] : await readFile(sources.file)
  const environment = readEnvironment(sources.environment, settings)
  const given = [...file, ...environment.given, ...sources.flags]
  const configuration = checkConfiguration(given, settings)
  const origins = new Map(given.map(({ path, origin }) => [nameOf(path), origin]))
  return { configuration, warnings: environment.warnings, origins }
}

/** Loads what reads YAML only for those who have a file: a start without one is quicker. */
async function readFile(file: string): Promise<readonly Given[]> {
  const { readConfigurationFile } = await import("./read-file.ts")
  return (await readConfigurationFile(file)).map((one) => fromFolderOf(file, one))
}

/** Settings that are paths; a file means them from where it is itself. */
const PATHS: ReadonlySet<string> = new Set(["definitions", "tls.certificate", "tls.key", "tls.certificateAuthority"])

function fromFolderOf(file: string, one: Given): Given {
  const isPath = PATHS.has(nameOf(one.path)) && typeof one.value === "string"
  return isPath ? { ...one, value: resolve(dirname(file), String(one.value)) } : one
}

/** Takes values, later ones over earlier ones, and checks them. Raises `ConfigurationError` naming every problem. */
export function checkConfiguration(given: readonly Given[], settings: readonly Setting[]): Configuration {
  const sections = keysOfSections(settings)
  const values = new Map(settings.map(({ path }) => [nameOf(path), undefined as Given | undefined]))
  const problems: string[] = []
  const seen = new Set<string>()
  for (const one of given) {
    const name = nameOf(one.path)
    const keys = sections.get(name)
    if (values.has(name)) {
      if (one.value !== undefined) values.set(name, one)
    } else if (keys !== undefined) {
      if (!isSection(one.value)) problems.push(mustBe(one, `a section with the keys ${[...keys].join(", ")}`))
    } else if (!seen.has(name)) {
      seen.add(name)
      problems.push(...unknownKey(one, sections))
    }
  }
  for (const setting of settings) {
    const value = values.get(nameOf(setting.path))
    if (value !== undefined && !setting.accepts(value.value)) problems.push(mustBe(value, setting.expects))
  }
  if (problems.length > 0) throw new ConfigurationError(problems)
  return filled(CONFIGURATION, [], values) as Configuration
}

function nameOf(path: readonly string[]): string {
  return path.join(".")
}

/** The mark of a key without a value, or of a section that is filled by the keys below it. */
function isSection(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value === undefined
  return Object.keys(value).length === 0
}

/** The keys that each section knows, by the section's name. */
function keysOfSections(settings: readonly Setting[]): ReadonlyMap<string, ReadonlySet<string>> {
  const sections = new Map<string, Set<string>>()
  for (const { path } of settings) {
    path.forEach((key, depth) => {
      const section = nameOf(path.slice(0, depth))
      sections.set(section, (sections.get(section) ?? new Set()).add(key))
    })
  }
  return sections
}

/** Nothing for what is below an unknown key: that one has been named. */
function unknownKey({ path, origin }: Given, sections: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const siblings = sections.get(nameOf(path.slice(0, -1)))
  if (siblings === undefined) return []
  const meant = nearest(path.at(-1) ?? "", [...siblings])
  const remedy = meant === undefined ? `known here: ${[...siblings].join(", ")}` : `did you mean ${meant}?`
  return [`${origin}: unknown key ${nameOf(path)}; ${remedy}`]
}

function mustBe({ path, value, origin }: Given, expects: string): string {
  return `${origin}: ${nameOf(path)} must be ${expects}, not ${JSON.stringify(value)}`
}

function filled(section: Section, above: readonly string[], values: ReadonlyMap<string, Given | undefined>): object {
  const entries = Object.entries(section).map(([key, node]) => {
    const path = [...above, key]
    return [key, isAccepted(node) ? (values.get(nameOf(path))?.value ?? node.default) : filled(node, path, values)]
  })
  return Object.fromEntries(entries)
}
