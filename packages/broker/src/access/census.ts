import { BrokerError } from "../api/errors.ts"
import type { UserLimits } from "../users/user-limits.ts"
import type { VhostLimits } from "../vhost-limits.ts"

/** Whose a connection is, and where. */
interface Occupant {
  readonly user: string
  readonly vhost: string
}

/** Counts connections by vhost and by user, and channels by user, and lets in no more than their limits allow. */
export class Census {
  readonly #occupants = new Map<number, Occupant>()
  readonly #byVhost = new Map<string, number>()
  readonly #byUser = new Map<string, number>()
  readonly #channels = new Map<string, number>()

  /** A connection opens a vhost. Raises `LIMIT_EXCEEDED` of the connection. */
  enter(connection: number, { user, vhost }: Occupant, vhostLimits: VhostLimits, userLimits: UserLimits): void {
    const { maxConnections } = vhostLimits
    if ((this.#byVhost.get(vhost) ?? 0) >= maxConnections) {
      throw exceeded(
        `access to vhost '${vhost}' refused for user '${user}': connection limit (${maxConnections}) is reached`,
      )
    }
    if ((this.#byUser.get(user) ?? 0) >= userLimits.maxConnections) {
      throw exceeded(
        `connection refused for user '${user}': user connection limit (${userLimits.maxConnections}) is reached`,
      )
    }
    this.#occupants.set(connection, { user, vhost })
    add(this.#byVhost, vhost, 1)
    add(this.#byUser, user, 1)
  }

  /** A connection ends. Idempotent; nothing happens when it has entered nowhere. */
  leave(connection: number): void {
    const occupant = this.#occupants.get(connection)
    if (occupant === undefined) return
    this.#occupants.delete(connection)
    add(this.#byVhost, occupant.vhost, -1)
    add(this.#byUser, occupant.user, -1)
  }

  /** A user opens a channel. Raises `LIMIT_EXCEEDED` of the connection. */
  openChannel(user: string, { maxChannels }: UserLimits): void {
    if ((this.#channels.get(user) ?? 0) >= maxChannels) {
      throw exceeded(
        `number of channels opened for user '${user}' has reached the maximum allowed user limit of ${maxChannels}`,
      )
    }
    add(this.#channels, user, 1)
  }

  closeChannels(user: string, count: number): void {
    if (count > 0) add(this.#channels, user, -count)
  }
}

function add(counts: Map<string, number>, name: string, change: number): void {
  const count = (counts.get(name) ?? 0) + change
  if (count === 0) counts.delete(name)
  else counts.set(name, count)
}

function exceeded(words: string): BrokerError {
  return new BrokerError("LIMIT_EXCEEDED", words, { scope: "connection" })
}
