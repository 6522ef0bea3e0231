import { generateKeyPairSync } from "node:crypto"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, it } from "vitest"
import { ConfigurationError } from "../config/configuration-error.ts"
import { readIdentity } from "./read-identity.ts"
import type { TlsOptions } from "./tls-options.ts"

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../../test/fixtures/tls/${name}.pem`, import.meta.url))
const text = (name: string): string => readFileSync(file(name), "utf8")

const GOOD = { certificate: file("server"), key: file("server-key") }

async function problems(options: TlsOptions): Promise<readonly string[]> {
  const failure = await readIdentity(options).catch((error: unknown) => error)
  if (failure instanceof ConfigurationError) return failure.problems
  throw new Error("no ConfigurationError")
}

it("takes files and texts alike", async () => {
  const identity = {
    certificate: text("server"),
    key: text("server-key"),
    certificateAuthority: text("ca"),
    verifyPeer: true,
  }
  const files = { ...GOOD, certificateAuthority: file("ca"), verifyPeer: true }
  expect(await readIdentity(files)).toEqual({
    identity,
    subject: "CN=localhost",
    validTo: "Jun  1 00:00:00 2120 GMT",
    warnings: [],
  })
  expect((await readIdentity(identity)).identity).toEqual(identity)
})

it("takes a chain, and a file with both certificate and key", async () => {
  const both = text("server-key") + text("server") + text("ca")
  expect((await readIdentity({ certificate: both, key: both })).subject).toBe("CN=localhost")
})

it("warns of a certificate that has expired", async () => {
  const expired = { certificate: file("expired-server"), key: file("expired-server-key") }
  expect((await readIdentity(expired)).warnings).toEqual([
    `tls.certificate: ${file("expired-server")} has expired on Jan  2 00:00:00 2020 GMT`,
  ])
})

it("says which files are not there, all of them at once", async () => {
  expect(
    await problems({ certificate: "/none/c.pem", key: "/none/k.pem", certificateAuthority: "/none/a.pem" }),
  ).toEqual([
    "tls.certificate: there is no file /none/c.pem",
    "tls.key: there is no file /none/k.pem",
    "tls.certificateAuthority: there is no file /none/a.pem",
  ])
  expect(await problems({ ...GOOD, key: "/" })).toEqual([
    expect.stringMatching(/^tls\.key: \/ cannot be read \(EISDIR/),
  ])
})

it("says what a file is when it is not what it should be", async () => {
  expect(await problems({ certificate: file("server-key"), key: file("server") })).toEqual([
    `tls.certificate: ${file("server-key")} has a PRIVATE KEY, no CERTIFICATE; "-----BEGIN CERTIFICATE-----" is expected`,
    `tls.key: ${file("server")} has a CERTIFICATE, no PRIVATE KEY; "-----BEGIN PRIVATE KEY-----" is expected`,
  ])
  const here = fileURLToPath(import.meta.url)
  expect(await problems({ ...GOOD, certificateAuthority: here.replace(".test", "") })).toEqual([
    expect.stringContaining("is no PEM text"),
  ])
})

it("says what is wrong with a key", async () => {
  expect(await problems({ ...GOOD, key: file("plant-key") })).toEqual([
    `tls.key: ${file("plant-key")} is not the key of the certificate; give the one it was requested with`,
  ])
  expect(await problems({ ...GOOD, key: file("protected-key") })).toEqual([
    `tls.key: ${file("protected-key")} has a passphrase; take it off with openssl pkey -in … -out …`,
  ])
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1024 })
  const old = privateKey.export({ type: "pkcs1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString()
  expect(await problems({ ...GOOD, key: old })).toEqual([expect.stringContaining("the text has a passphrase")])
})

it("says which certificate of a file is damaged", async () => {
  const damaged = `${text("server")}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`
  expect(await problems({ ...GOOD, certificate: damaged })).toEqual([
    expect.stringMatching(/^tls\.certificate: the text is damaged: certificate 2 cannot be decoded \(/),
  ])
  expect(await problems({ ...GOOD, key: "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----" })).toEqual([
    expect.stringMatching(/^tls\.key: the text is damaged: the key cannot be decoded \(/),
  ])
})

it("does not insist on certificates without knowing whose are good", async () => {
  expect(await problems({ ...GOOD, verifyPeer: true })).toEqual([
    "tls.verifyPeer needs tls.certificateAuthority, to know whose certificates are good",
  ])
})
