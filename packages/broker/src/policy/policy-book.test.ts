import { refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Policy, PolicyKind } from "../api/administration.ts"
import { type Declared, QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
})

/** Names of the policy and of the operator policy that apply to a queue. */
function applied(queue: string): readonly (string | undefined)[] {
  const { policy, operatorPolicy } = stage.access.describeQueue(queue)
  return [policy, operatorPolicy]
}

const QUORUM = { "x-queue-type": "quorum" }
const TTL = { "message-ttl": 1000 }

describe("a policy", () => {
  it("applies to queues in whose names its pattern is found, those declared later included", () => {
    stage.declare("orders.new")
    stage.setPolicy("p", TTL, { pattern: "orders" })
    stage.declare("all-orders")
    stage.declare("bills")
    expect(applied("orders.new")).toEqual(["p", undefined])
    expect(applied("all-orders")).toEqual(["p", undefined])
    expect(applied("bills")).toEqual([undefined, undefined])
  })

  it("applies to every queue when its pattern is empty, in its own vhost only", () => {
    stage.broker.addVhost("other")
    stage.broker.administer("other").setPolicy("policy", {
      name: "elsewhere",
      pattern: "",
      applyTo: "all",
      priority: 9,
      definition: new Map(Object.entries(TTL)),
    })
    stage.setPolicy("p", TTL, { pattern: "" })
    stage.declare("q")
    expect(applied("q")).toEqual(["p", undefined])
  })

  it("applies alone: the one of the highest priority, and of equal ones the first by name", () => {
    stage.declare("q")
    stage.setPolicy("low", TTL, { pattern: "q", priority: 1 })
    stage.setPolicy("c", TTL, { pattern: "q", priority: 2 })
    stage.setPolicy("b", TTL, { pattern: "q", priority: 2 })
    stage.setPolicy("high", TTL, { pattern: "elsewhere", priority: 3 })
    expect(
      stage.broker
        .administer("/")
        .policies("policy")
        .map(({ name }) => name),
    ).toEqual(["high", "b", "c", "low"])
    expect(applied("q")).toEqual(["b", undefined])
    expect(stage.clearPolicy("b")).toBe(true)
    expect(stage.clearPolicy("b")).toBe(false)
    expect(applied("q")).toEqual(["c", undefined])
  })

  it("stands beside an operator policy", () => {
    stage.declare("q")
    stage.setPolicy("p", TTL, { pattern: "q" })
    stage.setPolicy("o", TTL, { pattern: "q", kind: "operator_policy" })
    expect(applied("q")).toEqual(["p", "o"])
    stage.clearPolicy("p")
    expect(applied("q")).toEqual([undefined, "o"])
    expect(stage.clearPolicy("o", "operator_policy")).toBe(true)
    expect(applied("q")).toEqual([undefined, undefined])
  })

  it.each<[Policy["applyTo"], Declared, readonly string[]]>([
    ["all", TTL, ["classic", "quorum"]],
    ["queues", TTL, ["classic", "quorum"]],
    ["classic_queues", TTL, ["classic"]],
    ["quorum_queues", TTL, ["quorum"]],
    ["streams", TTL, []],
    ["exchanges", TTL, []],
    ["all", { ...TTL, "delivery-limit": 3 }, ["quorum"]],
    ["all", { ...TTL, "dead-letter-strategy": "at-most-once" }, ["quorum"]],
    ["all", { ...TTL, "queue-mode": "lazy" }, ["classic"]],
    ["all", { ...TTL, "max-age": "7D" }, []],
    ["classic_queues", { "delivery-limit": 3 }, []],
  ])("for %s with %o applies to queues of the types %o", (applyTo, definition, expected) => {
    stage.declare("classic")
    stage.declare("quorum", QUORUM)
    stage.setPolicy("p", definition, { pattern: "", applyTo })
    expect(["classic", "quorum"].filter((queue) => applied(queue)[0] === "p")).toEqual(expected)
  })

  it("gives way to one of lower priority where it does not suit the queue's type", () => {
    stage.declare("classic")
    stage.declare("quorum", QUORUM)
    stage.setPolicy("low", TTL, { pattern: "", priority: 1 })
    stage.setPolicy("high", { "delivery-limit": 2 }, { pattern: "", priority: 5 })
    expect([applied("classic"), applied("quorum")]).toEqual([
      ["low", undefined],
      ["high", undefined],
    ])
  })

  it.each<[PolicyKind, Declared, string]>([
    ["policy", { "max-priority": 3 }, "PRECONDITION_FAILED: 'max-priority' is not a key of policies"],
    ["policy", { constructor: 3 }, "PRECONDITION_FAILED: 'constructor' is not a key of policies"],
    [
      "operator_policy",
      { "dead-letter-exchange": "x" },
      "PRECONDITION_FAILED: 'dead-letter-exchange' is not a key of operator policies",
    ],
    ["policy", { "message-ttl": "1" }, "PRECONDITION_FAILED: 'message-ttl' must be a non-negative integer, not '1'"],
    ["policy", { "message-ttl": -1 }, "PRECONDITION_FAILED: 'message-ttl' must be a non-negative integer, not '-1'"],
    ["policy", { expires: 0 }, "PRECONDITION_FAILED: 'expires' must be a positive integer, not '0'"],
    [
      "policy",
      { overflow: "wrap" },
      "PRECONDITION_FAILED: 'overflow' must be one of drop-head, reject-publish, reject-publish-dlx, not 'wrap'",
    ],
    [
      "policy",
      { "max-age": "7 days" },
      "PRECONDITION_FAILED: 'max-age' must be an age such as 7D or 12h, not '7 days'",
    ],
    ["policy", { "consumer-timeout": 5 }, "NOT_IMPLEMENTED: 'consumer-timeout' is not implemented"],
    ["policy", {}, "PRECONDITION_FAILED: the definition must not be empty"],
  ])("is refused as %s with %o", (kind, definition, expected) => {
    expect(refusal(() => stage.setPolicy("p", definition, { kind }))).toContain(expected)
    expect(stage.broker.administer("/").policies(kind)).toEqual([])
  })

  it.each<[Partial<Policy>, string]>([
    [{ pattern: "[" }, "PRECONDITION_FAILED: '[' is not a regular expression"],
    [{ priority: Number.NaN }, "PRECONDITION_FAILED: the priority must be a number"],
    [{ name: "" }, "PRECONDITION_FAILED: a policy needs a name"],
  ])("is refused with %o", (facts, expected) => {
    expect(refusal(() => stage.setPolicy("p", TTL, facts))).toBe(expected)
  })

  it("is refused for a vhost that is not there", () => {
    expect(refusal(() => stage.broker.administer("nowhere"))).toBe("NOT_FOUND: vhost 'nowhere' not found")
  })
})
