import type { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { TlsIdentity } from "@polymq/transport"
import { ConfigurationError } from "../config/configuration-error.ts"
import { isPem, pemBlocks } from "./pem-blocks.ts"
import type { TlsOptions } from "./tls-options.ts"

/** A certificate that can be used, and what is odd about it all the same. */
export interface ReadIdentity {
  readonly identity: TlsIdentity
  /** Subject of the certificate, on one line. */
  readonly subject: string
  /** The last moment at which it is valid, as text. */
  readonly validTo: string
  readonly warnings: readonly string[]
}

type FileKey = "certificate" | "key" | "certificateAuthority"

/** A text and where it came from, or what is wrong with it. */
interface Source {
  readonly key: FileKey
  readonly name: string
  readonly text: string
}

/** Reads certificate, key and authorities, and looks whether they fit. Raises `ConfigurationError` naming every problem. */
export async function readIdentity(options: TlsOptions): Promise<ReadIdentity> {
  const crypto = await import("node:crypto")
  const problems: string[] = []
  const certificate = await read("certificate", options.certificate, problems)
  const key = await read("key", options.key, problems)
  const authority = await read("certificateAuthority", options.certificateAuthority, problems)
  const certificates = (source: Source): readonly X509Certificate[] =>
    certificatesOf(source, (text) => new crypto.X509Certificate(text), problems)
  const own = certificate === undefined ? undefined : certificates(certificate)[0]
  if (authority !== undefined) certificates(authority)
  const privateKey = key === undefined ? undefined : keyOf(key, crypto.createPrivateKey, problems)
  if (own !== undefined && key !== undefined && privateKey !== undefined && !own.checkPrivateKey(privateKey)) {
    problems.push(problem(key, "is not the key of the certificate; give the one it was requested with"))
  }
  const verifyPeer = options.verifyPeer ?? false
  if (verifyPeer && options.certificateAuthority === undefined) {
    problems.push("tls.verifyPeer needs tls.certificateAuthority, to know whose certificates are good")
  }
  if (certificate === undefined || key === undefined || own === undefined || problems.length > 0) {
    throw new ConfigurationError(problems)
  }
  const identity = { certificate: certificate.text, key: key.text, certificateAuthority: authority?.text, verifyPeer }
  const { tlsIdentityFault } = await import("@polymq/transport")
  const fault = await tlsIdentityFault(identity)
  if (fault !== undefined) throw new ConfigurationError([problem(certificate, `is refused by OpenSSL: ${fault}`)])
  const { subject, validTo } = own
  return { identity, subject: subject.replaceAll("\n", ", "), validTo, warnings: warningsOf(certificate, own) }
}

async function read(key: FileKey, given: string | undefined, problems: string[]): Promise<Source | undefined> {
  if (given === undefined) return undefined
  if (isPem(given)) return { key, name: "the text", text: given }
  try {
    return { key, name: given, text: await readFile(given, "utf8") }
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT"
    const text = isMissing ? `there is no file ${given}` : `${given} cannot be read (${(cause as Error).message})`
    problems.push(`tls.${key}: ${text}`)
    return undefined
  }
}

function problem({ key, name }: Source, text: string): string {
  return `tls.${key}: ${name} ${text}`
}

function certificatesOf(
  source: Source,
  parse: (text: string) => X509Certificate,
  problems: string[],
): readonly X509Certificate[] {
  const blocks = pemBlocks(source.text)
  const wanted = blocks.filter(({ label }) => label === "CERTIFICATE")
  if (wanted.length === 0) {
    const found = blocks[0] === undefined ? "is no PEM text" : `has a ${blocks[0].label}, no CERTIFICATE`
    problems.push(problem(source, `${found}; "-----BEGIN CERTIFICATE-----" is expected`))
  }
  return wanted.flatMap(({ text }, index) => {
    try {
      return [parse(text)]
    } catch (cause) {
      problems.push(
        problem(source, `is damaged: certificate ${index + 1} cannot be decoded (${(cause as Error).message})`),
      )
      return []
    }
  })
}

function keyOf<Key>(source: Source, parse: (text: string) => Key, problems: string[]): Key | undefined {
  const blocks = pemBlocks(source.text)
  const block = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"))
  if (block === undefined) {
    const found = blocks[0] === undefined ? "is no PEM text" : `has a ${blocks[0].label}, no PRIVATE KEY`
    problems.push(problem(source, `${found}; "-----BEGIN PRIVATE KEY-----" is expected`))
    return undefined
  }
  if (block.label === "ENCRYPTED PRIVATE KEY" || block.text.includes("Proc-Type: 4,ENCRYPTED")) {
    problems.push(problem(source, "has a passphrase; take it off with openssl pkey -in … -out …"))
    return undefined
  }
  try {
    return parse(block.text)
  } catch (cause) {
    problems.push(problem(source, `is damaged: the key cannot be decoded (${(cause as Error).message})`))
    return undefined
  }
}

/** Clients will refuse it, but that is theirs to say: a broker that does not start serves nobody. */
function warningsOf(source: Source, { validFrom, validTo }: X509Certificate): readonly string[] {
  const nowMs = Date.now()
  if (nowMs > Date.parse(validTo)) return [problem(source, `has expired on ${validTo}`)]
  if (nowMs < Date.parse(validFrom)) return [problem(source, `is not valid before ${validFrom}`)]
  return []
}
