import { describe, expect, it } from "vitest"
import type { User } from "../api/broker.ts"
import { hashPassword, parsePasswordHash } from "./password.ts"
import { type Credential, UserRegistry } from "./user-registry.ts"

/** Made by hand: SHA-256 and SHA-512 of the salt 908DC60A and the password "test12". */
const RABBITMQ_SHA256 = "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"

function registryWith(credential: Credential, loopbackOnly = false): UserRegistry {
  const users = new UserRegistry()
  users.set({ name: "anna", tags: ["monitoring"], credential, loopbackOnly })
  return users
}

function login(users: UserRegistry, name: string, password: string, isLoopback = true): Promise<User | undefined> {
  return new Promise((resolve) => users.authenticate(name, password, isLoopback, resolve))
}

function hashCredential(text: string, algorithm: string): Credential {
  const hash = parsePasswordHash(text, algorithm)
  if (hash === undefined) throw new Error("no hash")
  return { kind: "hash", hash }
}

describe("logging in", () => {
  it("answers a right plain password at once", () => {
    const users = registryWith({ kind: "password", password: "secret" })
    const answers: (string | undefined)[] = []
    users.authenticate("anna", "secret", true, (user) => answers.push(user?.name))
    expect(answers).toEqual(["anna"])
  })

  it("refuses wrong passwords and unknown users", async () => {
    const users = registryWith({ kind: "password", password: "secret" })
    expect(await login(users, "anna", "Secret")).toBeUndefined()
    expect(await login(users, "anna", "")).toBeUndefined()
    expect(await login(users, "otto", "secret")).toBeUndefined()
    expect(await login(users, "ann", "asecret")).toBeUndefined()
  })

  it("refuses everybody for a user without a password", async () => {
    const users = registryWith({ kind: "none" })
    expect(await login(users, "anna", "")).toBeUndefined()
  })

  it("accepts a user of this machine only from this machine", async () => {
    const users = registryWith({ kind: "password", password: "secret" }, true)
    expect(await login(users, "anna", "secret", false)).toBeUndefined()
    expect((await login(users, "anna", "secret", true))?.tags).toEqual(["monitoring"])
  })

  it("knows the password hashes of RabbitMQ, and remembers a right password", async () => {
    const users = registryWith(hashCredential(RABBITMQ_SHA256, "rabbit_password_hashing_sha256"))
    expect(await login(users, "anna", "test13")).toBeUndefined()
    expect((await login(users, "anna", "test12"))?.name).toBe("anna")
    let isAtOnce = false
    users.authenticate("anna", "test12", true, () => {
      isAtOnce = true
    })
    expect(isAtOnce).toBe(true)
  })

  it("knows its own password hashes", async () => {
    const users = registryWith(hashCredential(await hashPassword("secret"), "polymq_scrypt"))
    expect((await login(users, "anna", "secret"))?.name).toBe("anna")
    expect(await login(users, "anna", "secret2")).toBeUndefined()
  })

  it("forgets a remembered password when another one is set", async () => {
    const users = registryWith({ kind: "password", password: "old" })
    users.set({ name: "anna", tags: [], credential: { kind: "password", password: "new" }, loopbackOnly: false })
    expect(await login(users, "anna", "old")).toBeUndefined()
    expect((await login(users, "anna", "new"))?.name).toBe("anna")
  })

  it("checks one attempt at a time and refuses at once when too many wait", async () => {
    const users = new UserRegistry(2)
    const answers: string[] = []
    for (const name of ["first", "second", "third"]) users.authenticate(name, "x", true, () => answers.push(name))
    expect(answers).toEqual(["third"])
    await users.settled()
    expect(answers).toEqual(["third", "first", "second"])
  })
})

describe("password hashes", () => {
  it.each([
    ["", "rabbit_password_hashing_sha256"],
    ["AAAA", "rabbit_password_hashing_sha256"],
    [RABBITMQ_SHA256, "rabbit_password_hashing_sha512"],
    [RABBITMQ_SHA256, "rabbit_password_hashing_md5"],
    [RABBITMQ_SHA256, "constructor"],
  ])("%j is none of %s", (text, algorithm) => {
    expect(parsePasswordHash(text, algorithm)).toBeUndefined()
  })
})
