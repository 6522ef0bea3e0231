import { publishedMessage } from "@polymq/testkit"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
})

function publishAll(queue: string, bodies: readonly string[]): string[] {
  return bodies.map((body) => stage.publish(queue, body))
}

function bindToFanout(...queues: readonly string[]): void {
  for (const name of queues) {
    const destination = { kind: "queue", name } as const
    stage.access.bind({ source: "amq.fanout", destination, key: "", arguments: NO_ARGUMENTS })
  }
}

describe.each(["classic", "quorum"])("a %s queue with a limit", (type) => {
  const queueType = { "x-queue-type": type }

  it("drops from the front what exceeds its number of messages", () => {
    stage.declare("q", { ...queueType, "x-max-length": 3 })
    expect(publishAll("q", ["1", "2", "3", "4", "5"])).toEqual(["routed", "routed", "routed", "routed", "routed"])
    expect(stage.ready("q")).toEqual(["3", "4", "5"])
    expect(stage.broker.counters.droppedOverflow).toBe(2)
  })

  it("drops from the front what exceeds its bytes, and a message that alone exceeds them", () => {
    stage.declare("q", { ...queueType, "x-max-length-bytes": 10 })
    publishAll("q", ["aaaa", "bbbb", "cc"])
    expect(stage.ready("q")).toEqual(["aaaa", "bbbb", "cc"])
    publishAll("q", ["dddd", "e"])
    expect(stage.ready("q")).toEqual(["cc", "dddd", "e"])
    stage.publish("q", "x".repeat(11))
    expect(stage.ready("q")).toEqual([])
  })

  it("counts what is ready, not what is under way", () => {
    stage.declare("q", { ...queueType, "x-max-length": 2 })
    publishAll("q", ["1", "2"])
    const [first, second] = [stage.get("q"), stage.get("q")]
    publishAll("q", ["3", "4"])
    expect(stage.ready("q")).toEqual(["3", "4"])
    second.settle("accepted")
    first.settle("released")
    stage.endTurn()
    expect(stage.ready("q")).toEqual(["3", "4"])
  })

  it("keeps nothing with a limit of 0 and delivers what a consumer takes", () => {
    stage.declare("q", { ...queueType, "x-max-length": 0 })
    stage.publish("q", "1")
    expect(stage.ready("q")).toEqual([])
    const consumer = stage.consume("q", { credit: 1 })
    publishAll("q", ["2", "3"])
    expect(consumer.bodies).toEqual(["2"])
    expect(stage.ready("q")).toEqual([])
  })

  it("refuses what exceeds it when asked to, until there is room again", () => {
    stage.declare("q", { ...queueType, "x-max-length": 2, "x-overflow": "reject-publish" })
    expect(publishAll("q", ["1", "2", "3"])).toEqual(["routed", "routed", "refused"])
    stage.get("q").settle("accepted")
    expect(publishAll("q", ["4", "5"])).toEqual(["routed", "refused"])
    expect(stage.ready("q")).toEqual(["2", "4"])
    expect(stage.broker.counters).toMatchObject({ refused: 2, droppedOverflow: 0 })
  })

  it("refuses by bytes, whatever credit a consumer has", () => {
    stage.declare("q", { ...queueType, "x-max-length-bytes": 10, "x-overflow": "reject-publish" })
    const consumer = stage.consume("q")
    expect(publishAll("q", ["aaaa", "x".repeat(11)])).toEqual(["routed", "refused"])
    expect(consumer.bodies).toEqual(["aaaa"])
  })

  it("makes room by what has expired before it refuses", () => {
    stage.declare("q", { ...queueType, "x-max-length": 1, "x-overflow": "reject-publish", "x-message-ttl": 50 })
    expect(publishAll("q", ["1", "2"])).toEqual(["routed", "refused"])
    stage.turn.advance(50)
    expect(stage.publish("q", "3")).toBe("routed")
    expect(stage.ready("q")).toEqual(["3"])
  })

  it("takes again what comes back although it is full, and loses its front instead", () => {
    stage.declare("q", { ...queueType, "x-max-length": 1, "x-overflow": "reject-publish" })
    stage.publish("q", "1")
    const first = stage.get("q")
    stage.publish("q", "2")
    first.settle("released")
    stage.endTurn()
    expect(stage.ready("q")).toEqual(["2"])
  })

  it("does not keep a message from the others of its route, and names itself to the publisher", () => {
    stage.declare("full", { ...queueType, "x-max-length": 1, "x-overflow": "reject-publish" })
    stage.declare("open")
    bindToFanout("full", "open")
    expect(stage.publish("", "1", { exchange: "amq.fanout" })).toBe("routed")
    expect(stage.publish("", "2", { exchange: "amq.fanout", durable: true })).toBe("refused")
    expect([stage.ready("full"), stage.ready("open")]).toEqual([["1"], ["1", "2"]])
    const { result, refusedBy } = stage.access.publish(publishedMessage("3", { exchange: "amq.fanout" }))
    expect([result, refusedBy]).toEqual(["refused", "full"])
  })
})

describe("the length of a queue", () => {
  it("never exceeds its limits, and what is left is the newest", () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("publish" as const), bytes: fc.integer({ min: 0, max: 6 }) }),
      fc.record({ kind: fc.constantFrom("take" as const, "purge" as const) }),
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.nat(5), fc.nat(12), (operations, messages, bytes) => {
        stage = new QueueStage()
        stage.declare("q", { "x-max-length": messages, "x-max-length-bytes": bytes })
        let model: string[] = []
        for (const [index, step] of operations.entries()) {
          if (step.kind === "publish") {
            const body = String(index % 10).repeat(step.bytes)
            stage.publish("q", body)
            model.push(body)
            while (model.length > messages || model.join("").length > bytes) model.shift()
          } else if (step.kind === "take") {
            stage.access.get("q", true)
            model.shift()
          } else {
            stage.access.purgeQueue("q")
            model = []
          }
          expect(stage.ready("q")).toEqual(model)
        }
      }),
      { numRuns: 100 },
    )
  })
})
