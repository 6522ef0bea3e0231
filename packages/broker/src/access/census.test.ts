import { LOOPBACK, refusal, SilentSession } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Connection } from "../api/broker.ts"
import { BrokerError } from "../api/errors.ts"
import { QueueStage } from "../testing/queue-stage.ts"
import { NO_USER_LIMITS } from "../users/user-limits.ts"
import { NO_VHOST_LIMITS } from "../vhost-limits.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
  for (const name of ["tina", "otto"]) {
    stage.broker.users.set({ name, tags: [], credential: { kind: "none" }, loopbackOnly: false })
    stage.broker.users.permit(name, "/", { configure: ".*", write: ".*", read: ".*" })
  }
})

function connect(): Connection {
  return stage.broker.connect(new SilentSession(), LOOPBACK, "test")
}

function open(name: string, connection = connect()): string {
  return refusal(() => stage.broker.access(connection, { name, tags: [] }, "/"))
}

const VHOST_FULL = (user: string, limit: number) =>
  `LIMIT_EXCEEDED: access to vhost '/' refused for user '${user}': connection limit (${limit}) is reached`

describe("a vhost with a limit of connections", () => {
  it("refuses the next one until one ends; those that are there count", () => {
    const first = connect()
    expect(open("tina", first)).toBe("allowed")
    // The stage has a connection of its own.
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxConnections: 3 })
    expect([open("otto"), open("otto")]).toEqual(["allowed", VHOST_FULL("otto", 3)])
    first.close()
    first.close()
    expect([open("otto"), open("tina")]).toEqual(["allowed", VHOST_FULL("tina", 3)])
    stage.broker.administer("/").setLimits(NO_VHOST_LIMITS)
    expect(open("tina")).toBe("allowed")
  })

  it("lets nobody in with the limit 0, and does not count who was refused", () => {
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxConnections: 0 })
    const refused = connect()
    expect(open("tina", refused)).toBe(VHOST_FULL("tina", 0))
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxConnections: 2 })
    refused.close()
    expect([open("tina"), open("tina")]).toEqual(["allowed", VHOST_FULL("tina", 2)])
  })

  it("ends the connection with the refusal", () => {
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxConnections: 0 })
    const attempt = () => stage.connected("tina")
    expect(attempt).toThrow(BrokerError)
    expect(attempt).toThrow(expect.objectContaining({ scope: "connection" }))
  })
})

describe("a user with limits", () => {
  it("has no more connections than these, and others have theirs", () => {
    stage.broker.users.limit("tina", { ...NO_USER_LIMITS, maxConnections: 1 })
    const words = "LIMIT_EXCEEDED: connection refused for user 'tina': user connection limit (1) is reached"
    const first = connect()
    expect([open("tina", first), open("tina"), open("otto")]).toEqual(["allowed", words, "allowed"])
    first.close()
    expect(open("tina")).toBe("allowed")
  })

  it("has no more channels than these on all connections, until some are closed", () => {
    stage.broker.users.limit("tina", { ...NO_USER_LIMITS, maxChannels: 2 })
    const [one, other, otto] = [stage.connected("tina"), stage.connected("tina"), stage.connected("otto")]
    const words =
      "LIMIT_EXCEEDED: number of channels opened for user 'tina' has reached the maximum allowed user limit of 2"
    const opening = (access: typeof one) => refusal(() => access.openChannel())
    expect([one, other, other, otto].map(opening)).toEqual(["allowed", "allowed", words, "allowed"])
    other.closeChannel()
    expect([one, other].map(opening)).toEqual(["allowed", words])
    one.close()
    one.close()
    expect([other, other, other].map(opening)).toEqual(["allowed", "allowed", words])
  })

  it("keeps them when the password is changed", () => {
    stage.broker.users.limit("tina", { ...NO_USER_LIMITS, maxConnections: 0 })
    stage.broker.users.set({ name: "tina", tags: [], credential: { kind: "none" }, loopbackOnly: false })
    expect(open("tina")).toContain("LIMIT_EXCEEDED")
  })
})

describe("a vhost with a limit of queues", () => {
  const declare = (name: string) => refusal(() => stage.declare(name))

  it("refuses the next one, but not one that is there", () => {
    stage.declare("a")
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxQueues: 2 })
    expect(["b", "c", "a"].map(declare)).toEqual([
      "allowed",
      "LIMIT_EXCEEDED: cannot declare queue 'c': queue limit in vhost '/' (2) is reached",
      "allowed",
    ])
    stage.access.deleteQueue("a", { ifUnused: false, ifEmpty: false })
    expect(declare("c")).toBe("allowed")
  })

  it("does not count what stands for requesters of replies", () => {
    stage.broker.administer("/").setLimits({ ...NO_VHOST_LIMITS, maxQueues: 1 })
    const requester = stage.consume("amq.rabbitmq.reply-to", { settlesOnDelivery: true })
    expect([declare("a"), declare("b")].map((said) => said.slice(0, 14))).toEqual(["allowed", "LIMIT_EXCEEDED"])
    requester.holder?.detach(requester)
    expect(declare("b")).toContain("LIMIT_EXCEEDED")
  })
})
