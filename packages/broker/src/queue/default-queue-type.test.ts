import { refusal } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { QueueSettings } from "../api/topology.ts"
import { QueueStage } from "../testing/queue-stage.ts"

const SETTINGS: QueueSettings = {
  name: "q",
  durable: true,
  exclusive: false,
  autoDelete: false,
  arguments: NO_ARGUMENTS,
}

function typeIn(stage: QueueStage, more: Partial<QueueSettings> = {}): string {
  const { name } = stage.access.declareQueue({ ...SETTINGS, ...more })
  const type = stage.access.describeQueue(name).settings.arguments.get("x-queue-type") ?? "classic"
  stage.access.deleteQueue(name, { ifUnused: false, ifEmpty: false })
  return String(type)
}

describe("a queue that is declared without a type", () => {
  it("is classic", () => {
    expect(typeIn(new QueueStage())).toBe("classic")
  })

  it("is of the broker's default type, and before that of the vhost's", () => {
    const stage = new QueueStage({ defaultQueueType: "quorum" })
    expect(typeIn(stage)).toBe("quorum")
    stage.broker.administer("/").setDefaultQueueType("classic")
    expect(typeIn(stage)).toBe("classic")
    stage.broker.administer("/").setDefaultQueueType(undefined)
    expect(typeIn(stage)).toBe("quorum")
  })

  it.each<[string, Partial<QueueSettings>]>([
    ["transient", { durable: false }],
    ["exclusive", { exclusive: true }],
    ["deleted with its last consumer", { autoDelete: true }],
    ["asked to be classic", { arguments: new Map([["x-queue-type", "classic"]]) }],
  ])("is classic when it is %s", (_, more) => {
    expect(typeIn(new QueueStage({ defaultQueueType: "quorum" }), more)).toBe("classic")
  })

  it("is the same queue when it is declared again, with the type or without", () => {
    const stage = new QueueStage({ defaultQueueType: "quorum" })
    const again = (more: Partial<QueueSettings> = {}) =>
      refusal(() => stage.access.declareQueue({ ...SETTINGS, ...more }))
    expect(again()).toBe("allowed")
    expect(again({ arguments: new Map([["x-queue-type", "quorum"]]) })).toBe("allowed")
    expect(again({ arguments: new Map([["x-queue-type", "classic"]]) })).toBe(
      "PRECONDITION_FAILED: inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'classic' but current is 'quorum'",
    )
  })

  it("is refused what its type does not have", () => {
    const stage = new QueueStage({ defaultQueueType: "quorum" })
    const declared = { ...SETTINGS, arguments: new Map([["x-max-priority", 3]]) }
    expect(refusal(() => stage.access.declareQueue(declared))).toBe(
      "PRECONDITION_FAILED: invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
    )
  })
})
