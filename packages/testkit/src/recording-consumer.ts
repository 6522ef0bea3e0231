import type { CancelReason, Entry, Holder, SessionConsumer } from "@polymq/broker"

/** How a recording consumer behaves; without credit given it takes everything. */
export interface ConsumerBehaviour {
  readonly name?: string
  readonly connection?: number
  readonly settlesOnDelivery?: boolean
  readonly exclusive?: boolean
  /** Deliveries it takes. */
  readonly credit?: number
}

/** A consumer that remembers what it was given. */
export class RecordingConsumer implements SessionConsumer {
  readonly name: string
  readonly connection: number
  readonly settlesOnDelivery: boolean
  readonly exclusive: boolean
  readonly entries: Entry[] = []
  readonly cancellations: CancelReason[] = []
  /** Deliveries it still takes. */
  credit: number
  /** Whether its socket takes what it is given. */
  isKeepingUp = true
  timesExhausted = 0
  holder: Holder | undefined

  constructor(behaviour: ConsumerBehaviour = {}) {
    this.name = behaviour.name ?? "consumer"
    this.connection = behaviour.connection ?? 1
    this.settlesOnDelivery = behaviour.settlesOnDelivery ?? false
    this.exclusive = behaviour.exclusive ?? false
    this.credit = behaviour.credit ?? Number.POSITIVE_INFINITY
  }

  /** Payloads received, as text. */
  get bodies(): readonly string[] {
    return this.entries.map(({ message }) => bodyText(message.body, message.bodyStart, message.bodyEnd))
  }

  /** The entry of a delivery. Raises `RangeError` when there is none. */
  entry(index: number): Entry {
    const entry = this.entries[index]
    if (entry === undefined) throw new RangeError(`no delivery ${index}`)
    return entry
  }

  hasCredit(): boolean {
    return this.isKeepingUp && this.credit > 0
  }

  keepsUp(): boolean {
    return this.isKeepingUp
  }

  deliver(from: Holder, entry: Entry): void {
    this.holder = from
    this.credit--
    this.entries.push(entry)
  }

  exhausted(): void {
    this.timesExhausted++
  }

  cancelled(reason: CancelReason): void {
    this.cancellations.push(reason)
  }
}

function bodyText(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end))
}
