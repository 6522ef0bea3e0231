/** Why publishers are paused, the gravest first: a failed store does not recover, memory does. */
const REASONS = ["store", "memory"] as const

/** A reason for pausing publishers. */
export type AlarmReason = (typeof REASONS)[number]

/** The alarms in force; tells when the reason that publishers are given changes. */
export class Alarms {
  readonly #onChange: (reason: AlarmReason | undefined) => void
  readonly #inForce = new Set<AlarmReason>()

  constructor(onChange: (reason: AlarmReason | undefined) => void) {
    this.#onChange = onChange
  }

  /** Why publishers are paused; undefined when they are not. */
  get reason(): AlarmReason | undefined {
    return REASONS.find((reason) => this.#inForce.has(reason))
  }

  set(reason: AlarmReason, isInForce: boolean): void {
    const before = this.reason
    if (isInForce) this.#inForce.add(reason)
    else this.#inForce.delete(reason)
    if (this.reason !== before) this.#onChange(this.reason)
  }
}
