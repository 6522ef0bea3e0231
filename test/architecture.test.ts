import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"

/** The only imports between packages that are allowed; arrows point downwards, no protocol imports another. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  message: ["wire"],
  convert: ["message", "wire"],
  broker: ["message", "wire"],
  amqp091: ["broker", "convert", "message", "wire"],
  amqp10: ["broker", "convert", "message", "wire"],
  mqtt: ["broker", "convert", "message", "wire"],
  transport: ["broker", "wire"],
  polymq: ["amqp091", "amqp10", "broker", "convert", "message", "mqtt", "transport", "wire"],
  testkit: ["broker", "message", "wire"],
}

/** Packages whose unit tests may use it, not their sources. */
const TEST_ONLY = new Set(["testkit"])

const PACKAGES = fileURLToPath(new URL("../packages/", import.meta.url))

interface Import {
  readonly file: string
  readonly specifier: string
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : path.endsWith(".ts") ? [path] : []
  })
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8")
  return [...text.matchAll(IMPORT)].map((match) => ({ file, specifier: match[1] ?? match[2] ?? "" }))
}

/** `import … from "x"`, `export … from "x"`, `import "x"` at the beginning of a line, and `import("x")`. */
const IMPORT = /^(?:import|export)\s(?:[\w\s{},*]*?\sfrom\s*)?"([^"]+)"|\bimport\("([^"]+)"\)/gm

/** Tests, and what only tests use. */
function isTest(file: string): boolean {
  return file.endsWith(".test.ts") || file.includes("/testing/")
}

function packageOf(specifier: string): string | undefined {
  if (specifier === "polymq" || specifier.startsWith("polymq/")) return "polymq"
  return /^@polymq\/([^/]+)/.exec(specifier)?.[1]
}

describe.each(readdirSync(PACKAGES))("package %s", (name) => {
  const sources = filesBelow(join(PACKAGES, name, "src"))
  const manifest = JSON.parse(readFileSync(join(PACKAGES, name, "package.json"), "utf8")) as {
    readonly dependencies?: Readonly<Record<string, string>>
  }

  it("has its place in the house", () => {
    expect(Object.keys(ARROWS)).toContain(name)
  })

  it("imports only packages below it", () => {
    expect(sources.flatMap(importsOf)).not.toEqual([])
    const wrong = sources.flatMap(importsOf).filter(({ file, specifier }) => {
      const target = packageOf(specifier)
      if (target === undefined || (TEST_ONLY.has(target) && isTest(file))) return false
      return target !== name && !ARROWS[name]?.includes(target)
    })
    expect(wrong).toEqual([])
  })

  it("imports siblings by their public entry", () => {
    const deep = sources.flatMap(importsOf).filter(({ specifier }) => /^@polymq\/[^/]+\//.test(specifier))
    expect(deep).toEqual([])
  })

  it("declares every dependency of its sources", () => {
    const declared = Object.keys(manifest.dependencies ?? {})
    const undeclared = sources
      .filter((file) => !isTest(file))
      .flatMap(importsOf)
      .map(({ specifier }) => specifier)
      .filter((specifier) => !specifier.startsWith(".") && !specifier.startsWith("node:"))
      .map((specifier) => specifier.match(/^(@[^/]+\/[^/]+|[^/]+)/)?.[1] ?? specifier)
      .filter((specifier) => !declared.includes(specifier) && packageOf(specifier) !== name)
    expect(undeclared).toEqual([])
  })

  it("leaves sockets to the transport", () => {
    if (name === "transport" || name === "testkit") return
    const sockets = sources
      .filter((file) => !isTest(file))
      .flatMap(importsOf)
      .filter(({ specifier }) => /^node:(net|tls|http|https|http2|dgram)$/.test(specifier))
    expect(sockets).toEqual([])
  })
})
