import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { User } from "../api/broker.ts"
import { type PasswordHash, verifyPassword } from "./password.ts"
import { CompiledPermission, type Permission } from "./permission.ts"
import { CompiledTopicPermission, type TopicPermission } from "./topic-permission.ts"
import { NO_USER_LIMITS, type UserLimits } from "./user-limits.ts"

/** Attempts to log in that wait for their turn; beyond it they fail at once. */
const DEFAULT_MAX_WAITING = 1024

/** What a user proves who they are with. */
export type Credential =
  | { readonly kind: "password"; readonly password: string }
  | { readonly kind: "hash"; readonly hash: PasswordHash }
  /** Nobody can log in. */
  | { readonly kind: "none" }

/** How a user is set up. */
export interface UserSettings {
  readonly name: string
  readonly tags: readonly string[]
  readonly credential: Credential
  /** Accepted from this machine only. */
  readonly loopbackOnly: boolean
}

interface Account extends User {
  readonly loopbackOnly: boolean
  readonly hash: PasswordHash | undefined
  /** Keyed digest of the password, once it is known to be right. */
  verified: Buffer | undefined
  readonly permissions: Map<string, CompiledPermission>
  /** By vhost, then by exchange. */
  readonly topicPermissions: Map<string, Map<string, CompiledTopicPermission>>
  limits: UserLimits
}

/**
 * Users, their passwords and permissions. A right password is remembered as a digest under a key that lives as long as
 * the process; everything else is checked by scrypt, one attempt at a time, so that guessing is slow and cannot take the machine.
 */
export class UserRegistry {
  readonly #accounts = new Map<string, Account>()
  readonly #key = randomBytes(32)
  readonly #maxWaiting: number
  #attempts: Promise<void> = Promise.resolve()
  #waiting = 0
  #version = 0

  constructor(maxWaiting = DEFAULT_MAX_WAITING) {
    this.#maxWaiting = maxWaiting
  }

  /** Changes with every change of a user or permission. */
  get version(): number {
    return this.#version
  }

  /** Adds a user, or replaces their password and tags. */
  set(settings: UserSettings): void {
    const { name, tags, credential, loopbackOnly } = settings
    const earlier = this.#accounts.get(name)
    const permissions = earlier?.permissions ?? new Map<string, CompiledPermission>()
    const topicPermissions = earlier?.topicPermissions ?? new Map<string, Map<string, CompiledTopicPermission>>()
    const limits = earlier?.limits ?? NO_USER_LIMITS
    const hash = credential.kind === "hash" ? credential.hash : undefined
    const verified = credential.kind === "password" ? this.#digest(name, credential.password) : undefined
    this.#version++
    this.#accounts.set(name, { name, tags, loopbackOnly, hash, verified, permissions, topicPermissions, limits })
  }

  has(name: string): boolean {
    return this.#accounts.has(name)
  }

  find(name: string): User | undefined {
    return this.#accounts.get(name)
  }

  /** A user who has proved without a password who they are; undefined when there is none, or not from there. */
  trusted(name: string | undefined, isLoopback: boolean): User | undefined {
    return name === undefined ? undefined : this.#allowed(name, isLoopback)
  }

  /** Gives a known user a permission in a vhost. Raises `SyntaxError` for a regular expression that cannot be compiled. */
  permit(name: string, vhost: string, permission: Permission): void {
    this.#version++
    this.#accounts.get(name)?.permissions.set(vhost, new CompiledPermission(permission))
  }

  /** What the user may do in the vhost; undefined for nothing at all. */
  permission(name: string, vhost: string): CompiledPermission | undefined {
    return this.#accounts.get(name)?.permissions.get(vhost)
  }

  /**
   * Limits what a known user may publish to and bind from a topic exchange; `undefined` ends that. Raises `SyntaxError` for
   * a regular expression that cannot be compiled.
   */
  permitTopic(name: string, vhost: string, exchange: string, permission: TopicPermission | undefined): void {
    const account = this.#accounts.get(name)
    if (account === undefined) return
    this.#version++
    const byExchange = account.topicPermissions.get(vhost) ?? new Map<string, CompiledTopicPermission>()
    if (permission === undefined) byExchange.delete(exchange)
    else byExchange.set(exchange, new CompiledTopicPermission(permission, name, vhost))
    account.topicPermissions.set(vhost, byExchange)
  }

  /** What limits the user at a topic exchange; undefined for nothing. */
  topicPermission(name: string, vhost: string, exchange: string): CompiledTopicPermission | undefined {
    return this.#accounts.get(name)?.topicPermissions.get(vhost)?.get(exchange)
  }

  /** Limits what a known user may have from now on; what there is, stays. */
  limit(name: string, limits: UserLimits): void {
    const account = this.#accounts.get(name)
    if (account !== undefined) account.limits = limits
  }

  limits(name: string): UserLimits {
    return this.#accounts.get(name)?.limits ?? NO_USER_LIMITS
  }

  /** Calls `done` with the user, or with undefined when name, password or origin are not right; at once when the password is known. */
  authenticate(name: string, password: string, isLoopback: boolean, done: (user: User | undefined) => void): void {
    const allowed = this.#allowed(name, isLoopback)
    const digest = this.#digest(name, password)
    if (allowed?.verified !== undefined && timingSafeEqual(allowed.verified, digest)) {
      done(allowed)
      return
    }
    if (this.#waiting === this.#maxWaiting) {
      done(undefined)
      return
    }
    this.#waiting++
    const attempt = async () => {
      const isRight = await verifyPassword(password, allowed?.hash).catch(() => false)
      this.#waiting--
      if (isRight && allowed !== undefined) allowed.verified = digest
      done(isRight ? allowed : undefined)
    }
    this.#attempts = this.#attempts.then(attempt)
  }

  /** Resolved when no attempt is under way. */
  settled(): Promise<void> {
    return this.#attempts
  }

  #allowed(name: string, isLoopback: boolean): Account | undefined {
    const account = this.#accounts.get(name)
    return account !== undefined && (isLoopback || !account.loopbackOnly) ? account : undefined
  }

  #digest(name: string, password: string): Buffer {
    return createHmac("sha256", this.#key).update(`${name.length}:${name}${password}`).digest()
  }
}
