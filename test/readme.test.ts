import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, it } from "vitest"

const COMMAND = fileURLToPath(new URL("../packages/polymq/bin/polymq.js", import.meta.url))

it("shows in the README what polymq explain prints", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")
  const [, args = "", shown] = /```console\n\$ npx polymq (explain .*)\n\n([\s\S]*?)```/.exec(readme) ?? []
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, ...args.split(" ")])
  expect(shown).toBe(stdout)
})

it("shows in the README the test that runs here", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8")
  const example = await readFile(new URL("readme-example.test.ts", import.meta.url), "utf8")
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
})
