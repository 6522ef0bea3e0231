import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** Path of a file of test/fixtures/tls. */
export function certificateFile(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/tls/${name}.pem`, import.meta.url))
}

/** What a TLS client of Node trusts, and what it shows if it has a certificate. */
export interface ClientTls {
  readonly ca: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** A client that trusts the broker's authority (or another one), with a certificate of its own if one is named. */
export function clientTls(name?: string, ca = "ca"): ClientTls {
  const file = (of: string): Buffer => readFileSync(certificateFile(of))
  return name === undefined ? { ca: file(ca) } : { ca: file(ca), cert: file(name), key: file(`${name}-key`) }
}
