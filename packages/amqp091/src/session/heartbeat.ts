/** Intervals without a sign of life after which a peer is taken for dead. */
const MISSED_INTERVALS = 2

/** Heartbeats of one connection (4.2.7), driven by a clock from outside. */
export class Heartbeat {
  readonly intervalSeconds: number
  readonly #intervalMs: number
  #sentAtMs: number
  #receivedAtMs: number

  /** An interval of 0 switches heartbeats off. */
  constructor(intervalSeconds: number, nowMs: number) {
    this.intervalSeconds = intervalSeconds
    this.#intervalMs = intervalSeconds * 1000
    this.#sentAtMs = nowMs
    this.#receivedAtMs = nowMs
  }

  /** Something came from the peer, or nothing can come because it is not read. */
  received(nowMs: number): void {
    this.#receivedAtMs = nowMs
  }

  /** What to do now; `hasWritten`: whether anything was written since the last call. */
  tick(nowMs: number, hasWritten: boolean): "wait" | "send" | "dead" {
    if (this.#intervalMs === 0) return "wait"
    if (nowMs - this.#receivedAtMs > this.#intervalMs * MISSED_INTERVALS) return "dead"
    if (hasWritten) this.#sentAtMs = nowMs
    if (nowMs - this.#sentAtMs < this.#intervalMs / 2) return "wait"
    this.#sentAtMs = nowMs
    return "send"
  }
}
