import { expect, it } from "vitest"
import { identity, pem } from "./testing/fixture-certificates.ts"
import { tlsIdentityFault } from "./tls-identity.ts"

it("says what OpenSSL has against an identity, or nothing", async () => {
  expect(await tlsIdentityFault(identity("server", { certificateAuthority: pem("ca") }))).toBeUndefined()
  expect(await tlsIdentityFault(identity("server", { key: pem("plant-key") }))).toBe("key values mismatch")
})
