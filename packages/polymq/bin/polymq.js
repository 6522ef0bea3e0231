#!/usr/bin/env node
import { existsSync } from "node:fs"

const command = new URL("../lib/command/main.js", import.meta.url)

if (existsSync(command)) {
  const { main } = await import(command.href)
  await main()
} else {
  process.stderr.write("polymq is not built yet: run `npm run build` in the repository first.\n")
  process.exitCode = 1
}
