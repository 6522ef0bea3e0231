import type { Session, Ticket } from "@polymq/broker"

/** A session that does nothing but remember what the broker tells it. */
export class SilentSession implements Session {
  readonly watermarks: Ticket[] = []
  readonly blockings: (string | undefined)[] = []

  receive(): void {}

  stored(watermark: Ticket): void {
    this.watermarks.push(watermark)
  }

  blocked(reason: string | undefined): void {
    this.blockings.push(reason)
  }

  writable(): void {}
  tick(): void {}
  shutdown(): void {}
  lost(): void {}
}
