// Fails when a dependency has a known vulnerability. A registry that cannot be asked is said, and is no failure.
import { spawnSync } from "node:child_process"

const { stdout } = spawnSync("npm", ["audit", "--json"], { encoding: "utf8", timeout: 60_000 })
const report = reportOf(stdout ?? "")
const found = Object.values(report.vulnerabilities ?? {})
const lines = found.map(({ name, severity, range }) => `${name} ${range}: ${severity}`)
if (report.metadata === undefined) lines.push(`not asked: the registry answers ${report.statusCode ?? "nothing"}`)
process.stdout.write(lines.map((line) => `${line}\n`).join(""))
process.exitCode = found.length === 0 ? 0 : 1

function reportOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
