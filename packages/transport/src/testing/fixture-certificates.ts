import { readFileSync } from "node:fs"
import type { TlsIdentity } from "../tls-identity.ts"

/** A file of test/fixtures/tls. */
export function pem(name: string): string {
  return readFileSync(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url), "utf8")
}

/** What a listener shows, and whom it asks. */
export function identity(name = "server", asks: Partial<TlsIdentity> = {}): TlsIdentity {
  return { certificate: pem(name), key: pem(`${name}-key`), verifyPeer: false, ...asks }
}

/** What a client trusts, and what it shows. */
export function clientOptions(name?: string): { readonly ca: string; readonly cert?: string; readonly key?: string } {
  return name === undefined ? { ca: pem("ca") } : { ca: pem("ca"), cert: pem(name), key: pem(`${name}-key`) }
}
