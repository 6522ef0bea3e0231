import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { Stage } from "../testing/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage(manualTurn())
})

describe("a login", () => {
  it("is accepted with what the server grants and what it does not have (3.2.2.3)", () => {
    const peer = stage.peer(5)
    peer.connect({ clientId: "c" })
    expect(peer.take()).toEqual([
      {
        type: "connack",
        flags: 0,
        acknowledgeFlags: 0,
        reasonCode: 0,
        properties: {
          "receive-maximum": 1000,
          "topic-alias-maximum": 16,
          "maximum-qos": 1,
          "retain-available": 1,
          "maximum-packet-size": 16_777_216,
          "wildcard-subscription-available": 1,
          "subscription-identifier-available": 1,
          "shared-subscription-available": 0,
        },
      },
    ])
  })
})
