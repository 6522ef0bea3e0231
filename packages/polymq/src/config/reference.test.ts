import { readFile } from "node:fs/promises"
import { expect, it } from "vitest"
import { configurationReference } from "./reference.ts"

const page = new URL("../../../../docs/reference/configuration.md", import.meta.url)

it("is what docs/reference/configuration.md says", async () => {
  expect(await readFile(page, "utf8")).toBe(configurationReference())
})
