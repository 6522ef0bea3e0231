import { BrokerError } from "../api/errors.ts"
import type { NameRule } from "../users/name-rule.ts"
import type { CompiledPermission, Right } from "../users/permission.ts"
import type { CompiledTopicPermission, TopicRight } from "../users/topic-permission.ts"
import type { UserLimits } from "../users/user-limits.ts"

/** Where permissions come from: the users, as a rule. */
export interface Permissions {
  /** Changes with every change of any permission. */
  readonly version: number
  permission(user: string, vhost: string): CompiledPermission | undefined
  topicPermission(user: string, vhost: string, exchange: string): CompiledTopicPermission | undefined
  limits(user: string): UserLimits
}

/** One user's rights in one vhost, as they are at the moment of asking. */
export class Rights {
  readonly user: string
  readonly vhost: string
  /** Of an MQTT client, once it is known. */
  clientId: string | undefined
  readonly #permissions: Permissions

  constructor(permissions: Permissions, user: string, vhost: string) {
    this.#permissions = permissions
    this.user = user
    this.vhost = vhost
  }

  /** Changes whenever any answer may have changed. */
  get version(): number {
    return this.#permissions.version
  }

  /** What the user may have. */
  get limits(): UserLimits {
    return this.#permissions.limits(this.user)
  }

  allows(right: Right, name: string): boolean {
    return this.#permissions.permission(this.user, this.vhost)?.allows(right, name) ?? false
  }

  /** Raises `ACCESS_REFUSED`. */
  check(right: Right, kind: "exchange" | "queue", name: string): void {
    if (this.allows(right, name)) return
    throw new BrokerError(
      "ACCESS_REFUSED",
      `${right} access to ${kind} '${name}' in vhost '${this.vhost}' refused for user '${this.user}'`,
    )
  }

  /** Which keys the user may use at a topic exchange; undefined for all. */
  topicRule(right: TopicRight, exchange: string): NameRule | undefined {
    return this.#permissions.topicPermission(this.user, this.vhost, exchange)?.rule(right, this.clientId)
  }

  /** Raises `ACCESS_REFUSED` when the rule of an exchange does not allow the key. */
  checkTopic(right: TopicRight, rule: NameRule, exchange: string, key: string): void {
    if (rule.allows(key)) return
    throw new BrokerError(
      "ACCESS_REFUSED",
      `${right} access to topic '${key}' in exchange '${exchange}' in vhost '${this.vhost}' refused for user '${this.user}'`,
    )
  }

  /** Raises `ACCESS_REFUSED` when the user has none of the rights: even asking whether it exists is not theirs. */
  checkAny(kind: "exchange" | "queue", name: string): void {
    if (this.allows("read", name) || this.allows("write", name)) return
    this.check("configure", kind, name)
  }
}
