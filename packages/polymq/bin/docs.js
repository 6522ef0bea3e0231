#!/usr/bin/env node
// Writes docs/conversions from the tables; `--check` only compares and names the first stale page.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { generateConversionPages } from "@polymq/convert"

const folder = fileURLToPath(new URL("../../../docs/conversions/", import.meta.url))
const pages = generateConversionPages()

async function textOf(name) {
  try {
    return await readFile(folder + name, "utf8")
  } catch (cause) {
    if (cause.code === "ENOENT") return undefined
    throw cause
  }
}

await mkdir(folder, { recursive: true })
const names = new Set([...(await readdir(folder)), ...pages.keys()])

for (const name of names) {
  const wanted = pages.get(name)
  if ((await textOf(name)) === wanted) continue
  if (process.argv.includes("--check")) {
    process.stderr.write(`docs/conversions/${name} is stale: run npm run docs\n`)
    process.exitCode = 1
    break
  }
  if (wanted === undefined) await rm(folder + name)
  else await writeFile(folder + name, wanted)
}
