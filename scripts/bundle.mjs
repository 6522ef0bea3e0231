// Puts what `polymq` loads at start into a few files: reading three hundred takes longer than running them. What a message
// passes through is in one of them, because calls within a file cost less than calls between files.
import { fileURLToPath } from "node:url"
import { rolldown } from "rolldown"

const folder = fileURLToPath(new URL("../packages/polymq/", import.meta.url))

const bundle = await rolldown({
  input: { index: `${folder}src/index.ts`, "command/main": `${folder}src/command/main.ts` },
  platform: "node",
  external: ["citty", "pino", "ws", "yaml"],
  resolve: { conditionNames: ["source", "import"] },
})
await bundle.write({
  dir: `${folder}lib`,
  format: "esm",
  cleanDir: true,
  codeSplitting: { groups: [{ name: "core", test: /packages\/(?!polymq\/)/ }] },
})
