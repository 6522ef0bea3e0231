import { describe, expect, it } from "vitest"
import type { Policy } from "../api/administration.ts"
import type { Declared } from "../testing/queue-stage.ts"
import { argumentsUnderPolicies } from "./applied-policies.ts"

const QUORUM = { "x-queue-type": "quorum" }

function policy(definition: Declared): Policy {
  return { name: "p", pattern: "", applyTo: "all", priority: 0, definition: new Map(Object.entries(definition)) }
}

/** What counts of arguments, a policy and an operator policy; seen on RabbitMQ 4.3. */
describe("the arguments of a queue under policies", () => {
  it.each<[string, Declared, Declared | undefined, Declared | undefined, Declared]>([
    ["come from the policy", {}, { expires: 5 }, undefined, { "x-expires": 5 }],
    ["come from the operator policy", {}, undefined, { expires: 5 }, { "x-expires": 5 }],
    [
      "come from both",
      {},
      { "message-ttl": 7, "max-length": 3 },
      { "max-length-bytes": 9 },
      { "x-message-ttl": 7, "x-max-length": 3, "x-max-length-bytes": 9 },
    ],
    [
      "have the lower number of either policy",
      {},
      { "message-ttl": 7, "max-length": 3 },
      { "message-ttl": 6, "max-length": 4 },
      { "x-message-ttl": 6, "x-max-length": 3 },
    ],
    [
      "have the lower number of argument and policy",
      { "x-message-ttl": 7, "x-max-length": 3n, "x-expires": 5, "x-max-length-bytes": 9 },
      { "message-ttl": 6, "max-length": 4, expires: 6, "max-length-bytes": 8 },
      undefined,
      { "x-message-ttl": 6, "x-max-length": 3, "x-expires": 5, "x-max-length-bytes": 8 },
    ],
    [
      "keep an argument beside the text of a policy",
      { "x-dead-letter-exchange": "own" },
      { "dead-letter-exchange": "other", "dead-letter-routing-key": "key" },
      undefined,
      { "x-dead-letter-exchange": "own", "x-dead-letter-routing-key": "key" },
    ],
    [
      "keep a classic queue's own overflow",
      { "x-overflow": "reject-publish" },
      { overflow: "drop-head" },
      undefined,
      { "x-overflow": "reject-publish" },
    ],
    [
      "have the policy's overflow in a quorum queue",
      { ...QUORUM, "x-overflow": "reject-publish" },
      { overflow: "drop-head" },
      undefined,
      { ...QUORUM, "x-overflow": "drop-head" },
    ],
    [
      "have the operator's overflow rather than another policy's",
      {},
      { overflow: "reject-publish-dlx" },
      { overflow: "drop-head" },
      { "x-overflow": "drop-head" },
    ],
    [
      "keep a quorum queue's own strategy",
      { ...QUORUM, "x-dead-letter-strategy": "at-least-once" },
      { "dead-letter-strategy": "at-most-once" },
      undefined,
      { ...QUORUM, "x-dead-letter-strategy": "at-least-once" },
    ],
    [
      "have the lower delivery limit",
      { ...QUORUM, "x-delivery-limit": 5 },
      { "delivery-limit": 3 },
      { "delivery-limit": 4 },
      { ...QUORUM, "x-delivery-limit": 3 },
    ],
    [
      "have any delivery limit rather than none",
      { ...QUORUM, "x-delivery-limit": -1 },
      { "delivery-limit": 9 },
      undefined,
      { ...QUORUM, "x-delivery-limit": 9 },
    ],
    [
      "have an operator's limit rather than none",
      {},
      { "delivery-limit": -1 },
      { "delivery-limit": 5 },
      { "x-delivery-limit": 5 },
    ],
    [
      "have a policy's limit rather than an operator's none",
      {},
      { "delivery-limit": 5 },
      { "delivery-limit": -1 },
      { "x-delivery-limit": 5 },
    ],
  ])("%s", (_, declared, own, operators, expected) => {
    const applied = { policy: own && policy(own), operatorPolicy: operators && policy(operators) }
    const effective = argumentsUnderPolicies(new Map(Object.entries(declared)), applied)
    expect(Object.fromEntries(effective)).toEqual(expected)
  })
})
