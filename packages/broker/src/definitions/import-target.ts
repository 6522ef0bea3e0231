import type { Access } from "../api/access.ts"
import type { Administration } from "../api/administration.ts"
import type { UserRegistry } from "../users/user-registry.ts"

/** What definitions are imported into. */
export interface ImportTarget {
  readonly users: UserRegistry
  addVhost(name: string): void
  hasVhost(name: string): boolean
  /** The vhost with every right. */
  access(vhost: string): Access
  administer(vhost: string): Administration
  /** Hears of what is ignored: where it stands, and why. */
  warn(warning: string): void
}
