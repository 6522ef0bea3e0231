import type { Deferred, Turn } from "@polymq/broker"

/** Tasks after which a turn counts as one that never ends. */
const MAX_TASKS = 1_000_000

/** A turn and a clock that stand still until they are told to go on. */
export interface ManualTurn extends Turn {
  /** Runs everything deferred, and what that defers, then what was deferred to the very end. Raises `Error` when there is no end to it. */
  endTurn(): void
  /** Moves the clock by milliseconds; runs nothing. */
  advance(ms: number): void
}

/** A turn driven by hand; the clock starts at `startMs`, milliseconds since 1970. */
export function manualTurn(startMs = 1_700_000_000_000): ManualTurn {
  let nowMs = startMs
  const deferred: Deferred[] = []
  const last: Deferred[] = []
  return {
    nowMs: () => nowMs,
    defer: (task) => void deferred.push(task),
    deferLast: (task) => void last.push(task),
    advance: (ms) => {
      nowMs += ms
    },
    endTurn: () => {
      for (let tasks = 0; ; tasks++) {
        if (tasks === MAX_TASKS) throw new Error("the turn does not end")
        const task = deferred.shift() ?? last.shift()
        if (task === undefined) return
        task.runAtTurnEnd()
      }
    },
  }
}
