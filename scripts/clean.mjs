// `tsc -b` leaves the output of deleted sources behind; this removes every package's dist folder, and the bundle.
import { readdirSync, rmSync } from "node:fs"

const packages = new URL("../packages/", import.meta.url)
for (const name of readdirSync(packages)) rmSync(new URL(`${name}/dist`, packages), { recursive: true, force: true })
rmSync(new URL("polymq/lib", packages), { recursive: true, force: true })
