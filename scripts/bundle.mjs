// Puts what `polymq` loads at start into a few files: reading three hundred takes longer than running them.
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const folder = fileURLToPath(new URL("../packages/polymq/", import.meta.url))

const bundle = await rolldown({
  input: { index: `${folder}src/index.ts`, "command/main": `${folder}src/command/main.ts` },
  platform: "node",
  external: ["citty", "pino", "yaml"],
  resolve: { conditionNames: ["source", "import"] },
})
await bundle.write({ dir: `${folder}lib`, format: "esm", cleanDir: true })
