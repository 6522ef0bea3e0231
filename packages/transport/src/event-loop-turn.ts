import type { Deferred, Timer, Turn } from "@polymq/broker"

/** Rounds of work that defers more work before the event loop gets its turn again. */
const MAX_ROUNDS = 64

/** What an `EventLoopTurn` may be given; all of it is for tests and embedding. */
export interface EventLoopTurnOptions {
  /** Milliseconds since 1970; read at most once per turn. */
  readonly clock?: () => number
  /** Hears what a task threw; the tasks behind it run all the same. */
  readonly failed?: (error: unknown) => void
}

/**
 * A turn of Node's event loop: everything deferred runs in one `setImmediate`, behind all the reads of the turn, so
 * that acknowledgements gather and each socket is written once.
 */
export class EventLoopTurn implements Turn {
  readonly #clock: () => number
  readonly #failed: (error: unknown) => void
  readonly #run = (): void => this.#end()
  #now: number | undefined
  #tasks: Deferred[] = []
  #lastTasks: Deferred[] = []
  /** Filled while the other pair runs, then swapped: no array per turn. */
  #spare: Deferred[] = []
  #isScheduled = false

  constructor(options: EventLoopTurnOptions = {}) {
    this.#clock = options.clock ?? Date.now
    this.#failed = options.failed ?? (() => {})
  }

  nowMs(): number {
    if (this.#now !== undefined) return this.#now
    this.#schedule()
    this.#now = this.#clock()
    return this.#now
  }

  defer(task: Deferred): void {
    this.#tasks.push(task)
    this.#schedule()
  }

  deferLast(task: Deferred): void {
    this.#lastTasks.push(task)
    this.#schedule()
  }

  after(delayMs: number, task: Deferred): Timer {
    const timeout = setTimeout(() => this.defer(task), delayMs).unref()
    return { cancel: () => clearTimeout(timeout) }
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(this.#run)
  }

  #end(): void {
    for (let round = 0; round < MAX_ROUNDS && this.#hasTasks(); round++) {
      while (this.#tasks.length > 0 && round < MAX_ROUNDS) {
        const tasks = this.#tasks
        this.#tasks = this.#spare
        this.#runAll(tasks)
        round++
      }
      const tasks = this.#lastTasks
      this.#lastTasks = this.#spare
      this.#runAll(tasks)
    }
    this.#now = undefined
    this.#isScheduled = false
    if (this.#hasTasks()) this.#schedule()
  }

  #hasTasks(): boolean {
    return this.#tasks.length > 0 || this.#lastTasks.length > 0
  }

  /** Runs the tasks in order; `tasks` is the spare list afterwards. */
  #runAll(tasks: Deferred[]): void {
    let next = 0
    while (next < tasks.length) {
      try {
        while (next < tasks.length) (tasks[next++] as Deferred).runAtTurnEnd()
      } catch (error) {
        this.#failed(error)
      }
    }
    tasks.length = 0
    this.#spare = tasks
  }
}
