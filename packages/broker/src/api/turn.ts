/** Work put off to the end of the event loop's turn. */
export interface Deferred {
  /** Must not throw. */
  runAtTurnEnd(): void
}

/** Work put off for a time. */
export interface Timer {
  /** Does not happen any more. Idempotent; nothing happens when it has happened. */
  cancel(): void
}

/** The clock and the turn of the event loop, as everything that is not a socket sees them; tests drive both by hand. */
export interface Turn {
  /** Milliseconds since 1970, read once per turn. */
  nowMs(): number
  /** Runs the task at the end of this turn, in order; tasks may defer more. A task that is already waiting must not be deferred again. */
  defer(task: Deferred): void
  /** Runs after everything deferred has run: writes to sockets, moves of messages that are still held. */
  deferLast(task: Deferred): void
  /** Runs the task once, at the end of a turn, when so many milliseconds have passed, at most 2^31 - 1; keeps no process alive. */
  after(delayMs: number, task: Deferred): Timer
}
