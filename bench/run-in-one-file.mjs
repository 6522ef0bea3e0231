import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { rolldown } from "rolldown"

/**
 * Runs a module with all that it imports in one file, as the packages are in the `polymq` that people install: between
 * files the engine has to look up what each imported name stands for.
 */
export async function runInOneFile(module) {
  const bundle = await rolldown({
    input: fileURLToPath(module),
    platform: "node",
    resolve: { conditionNames: ["source", "import"] },
  })
  const folder = await mkdtemp(join(tmpdir(), "polymq-bench-"))
  try {
    const file = join(folder, "measure.mjs")
    await bundle.write({ file, format: "esm", codeSplitting: false })
    await import(pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}
