import { type OpenedSession, PLAIN_SUBSCRIPTION, SessionStage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { PORTION_STEPS } from "./lookup-line.ts"

/** Topics `0/0` to `99/99`. */
const SIDE = 100

let stage: SessionStage

beforeEach(() => {
  stage = new SessionStage()
  for (let index = 0; index < SIDE * SIDE; index++) {
    stage.retain(`${Math.floor(index / SIDE)}/${index % SIDE}`, `${index}`)
  }
})

/** Calls `look` between all that is deferred from now on, until it returns false. */
function between(look: () => boolean): void {
  const task = {
    runAtTurnEnd: () => {
      if (look()) stage.turn.defer(task)
    },
  }
  stage.turn.defer(task)
  stage.turn.endTurn()
}

function subscribed(clientId: string, ...filters: readonly string[]): OpenedSession {
  const opened = stage.open({ clientId })
  for (const filter of filters) {
    opened.session.sendRetained(filter, PLAIN_SUBSCRIPTION, opened.session.subscribe(filter, PLAIN_SUBSCRIPTION))
  }
  return opened
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)

describe("lookups of retained messages", () => {
  it("take turns, a bounded number of messages each", () => {
    const clients = ["a", "b"].map((clientId) => subscribed(clientId, "#").consumer)
    const received = (): number[] => clients.map(({ entries }) => entries.length)
    const portions: number[] = []
    let before = received()
    between(() => {
      const now = received()
      portions.push(sum(now) - sum(before))
      before = now
      return now[0] !== SIDE * SIDE || now[1] !== SIDE * SIDE
    })
    // A message costs 17 steps.
    const most = Math.ceil(PORTION_STEPS / 17)
    expect(Math.max(...portions)).toBeLessThanOrEqual(most)
    expect(portions.length).toBeGreaterThan(300)
    const [first, second] = clients.map(({ bodies }) => bodies)
    expect(first).toEqual(Array.from({ length: SIDE * SIDE }, (_, index) => `${index}`))
    expect(second).toEqual(first)
  })

  it("let a short lookup pass a long one of another session", () => {
    const long = subscribed("long", "#").consumer
    const short = subscribed("short", "5/5").consumer
    const seen: number[] = []
    between(() => {
      if (short.entries.length === 1) seen.push(long.entries.length)
      return short.entries.length === 0
    })
    expect(seen[0]).toBeLessThan(300)
    expect(long.entries).toHaveLength(SIDE * SIDE)
  })

  it("keep the order of the filters", () => {
    const { consumer } = subscribed("c", "+/7", "3/3", "4/+", "9/9")
    stage.turn.endTurn()
    const sevens = Array.from({ length: SIDE }, (_, index) => `${index * SIDE + 7}`)
    const fours = Array.from({ length: SIDE }, (_, index) => `${4 * SIDE + index}`)
    expect(consumer.bodies).toEqual([...sevens, "303", ...fours, "909"])
  })

  it("look a filter up once that is subscribed again before its turn", () => {
    const { consumer } = subscribed("c", "+/7", "+/8", "3/3", "4/4", "3/3")
    stage.turn.endTurn()
    expect(consumer.bodies.slice(2 * SIDE)).toEqual(["404", "303"])
  })

  it("end with their subscription, under way or waiting [MQTT-3.10.4-2]", () => {
    const { session, consumer } = subscribed("c", "#", "3/3", "4/4")
    session.unsubscribe("#")
    session.unsubscribe("3/3")
    const sent = consumer.entries.length
    stage.turn.endTurn()
    expect(consumer.bodies.slice(sent)).toEqual(["404"])
  })

  it("end with the session, but not with its connection", () => {
    const found = SIDE * SIDE + 1
    for (const [expirySeconds, resumed] of [
      [0, 0],
      [100, found],
    ] as const) {
      const { session, consumer } = subscribed("c", "#", "3/3")
      session.release(consumer, { will: "discard", expirySeconds })
      const sent = consumer.entries.length
      const again = stage.open().consumer
      stage.turn.endTurn()
      expect(consumer.entries).toHaveLength(sent)
      expect(again.entries).toHaveLength(resumed)
    }
  })

  it("find what stays although topics come and go meanwhile", () => {
    const { consumer } = subscribed("c", "#")
    let round = 0
    between(() => {
      // Whole branches go, behind the walk and before it, and come back; new ones are added.
      const branch = (round * 37) % (SIDE / 2)
      for (let index = 0; index < SIDE; index++) stage.retain(`${branch}/${index}`, "")
      for (let index = 0; index < SIDE; index += 2) stage.retain(`${branch}/${index}`, "back")
      stage.retain(`new/${round}`, "new")
      return ++round < 100
    })
    const received = new Set(consumer.bodies)
    for (let index = (SIDE * SIDE) / 2; index < SIDE * SIDE; index++) expect(received).toContain(`${index}`)
  })
})
