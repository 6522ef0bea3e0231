import type { Deferred, Turn } from "@polymq/broker"

/** Tasks after which a turn counts as one that never ends. */
const MAX_TASKS = 1_000_000

/** A turn and a clock that stand still until they are told to go on. */
export interface ManualTurn extends Turn {
  /** Runs what the clock has reached, everything deferred, and what that defers, then what was deferred to the very end. Raises `Error` when there is no end to it. */
  endTurn(): void
  /** Timers that are waiting. */
  readonly timers: number
  /** Moves the clock by milliseconds; runs nothing. */
  advance(ms: number): void
}

/** A turn driven by hand; the clock starts at `startMs`, milliseconds since 1970. */
export function manualTurn(startMs = 1_700_000_000_000): ManualTurn {
  let nowMs = startMs
  const deferred: Deferred[] = []
  const last: Deferred[] = []
  const timers = new Map<object, { readonly atMs: number; readonly task: Deferred }>()
  const runTimers = (): void => {
    for (const [timer, { atMs, task }] of timers) {
      if (atMs <= nowMs && timers.delete(timer)) deferred.push(task)
    }
  }
  return {
    nowMs: () => nowMs,
    defer: (task) => void deferred.push(task),
    deferLast: (task) => void last.push(task),
    after: (delayMs, task) => {
      const timer = { cancel: () => void timers.delete(timer) }
      timers.set(timer, { atMs: nowMs + delayMs, task })
      return timer
    },
    get timers() {
      return timers.size
    },
    advance: (ms) => {
      nowMs += ms
    },
    endTurn: () => {
      runTimers()
      for (let tasks = 0; ; tasks++) {
        if (tasks === MAX_TASKS) throw new Error("the turn does not end")
        const task = deferred.shift() ?? last.shift()
        if (task === undefined) return
        task.runAtTurnEnd()
      }
    },
  }
}
