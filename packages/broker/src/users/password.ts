import { createHash, randomBytes, scrypt, timingSafeEqual } from "node:crypto"

/** A password as it is kept where it outlives the process. */
export type PasswordHash =
  /** Cost 2^14, block size 8, parallelisation 1. */
  | { readonly kind: "scrypt"; readonly salt: Buffer; readonly hash: Buffer }
  /** RabbitMQ's: the digest of a 4-byte salt and the password. */
  | { readonly kind: "sha256" | "sha512"; readonly salt: Buffer; readonly hash: Buffer }

const SALT_BYTES = 16
const HASH_BYTES = 32
/** Length of the salt in RabbitMQ's `password_hash`. */
const RABBITMQ_SALT_BYTES = 4

/** The names of `hashing_algorithm` in definitions, and how their `password_hash` is made up. */
const ALGORITHMS: Readonly<
  Record<string, { readonly kind: PasswordHash["kind"]; readonly saltBytes: number; readonly hashBytes: number }>
> = {
  rabbit_password_hashing_sha256: { kind: "sha256", saltBytes: RABBITMQ_SALT_BYTES, hashBytes: 32 },
  rabbit_password_hashing_sha512: { kind: "sha512", saltBytes: RABBITMQ_SALT_BYTES, hashBytes: 64 },
  polymq_scrypt: { kind: "scrypt", saltBytes: SALT_BYTES, hashBytes: HASH_BYTES },
}

/** The values of `hashing_algorithm` that are understood. */
export const HASHING_ALGORITHMS: readonly string[] = Object.keys(ALGORITHMS)

/** Reads `password_hash` of definitions: base64 of salt and hash; undefined when it is none of that algorithm. */
export function parsePasswordHash(text: string, algorithm: string): PasswordHash | undefined {
  const form = Object.hasOwn(ALGORITHMS, algorithm) ? ALGORITHMS[algorithm] : undefined
  const bytes = Buffer.from(text, "base64")
  if (form === undefined || bytes.length !== form.saltBytes + form.hashBytes) return undefined
  return { kind: form.kind, salt: bytes.subarray(0, form.saltBytes), hash: bytes.subarray(form.saltBytes) }
}

/** The `password_hash` of a password for the algorithm `polymq_scrypt`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES)
  return Buffer.concat([salt, await derived(password, salt)]).toString("base64")
}

/** Checks a password; takes as long for a wrong one, and without a hash, as for one kept by scrypt. */
export async function verifyPassword(password: string, kept: PasswordHash | undefined): Promise<boolean> {
  const salt = kept?.kind === "scrypt" ? kept.salt : Buffer.alloc(SALT_BYTES)
  const key = await derived(password, salt)
  if (kept === undefined) return false
  const actual = kept.kind === "scrypt" ? key : createHash(kept.kind).update(kept.salt).update(password).digest()
  return timingSafeEqual(actual, kept.hash)
}

function derived(password: string, salt: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
