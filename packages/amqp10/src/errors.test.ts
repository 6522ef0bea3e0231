import { BrokerError } from "@polymq/broker"
import { describe, expect, it } from "vitest"
import { Amqp10Error, errorDraft, fromBrokerError } from "./errors.ts"

describe("fromBrokerError", () => {
  it.each([
    ["NOT_FOUND", "amqp:not-found"],
    ["PRECONDITION_FAILED", "amqp:precondition-failed"],
    ["ACCESS_REFUSED", "amqp:unauthorized-access"],
    ["RESOURCE_LOCKED", "amqp:resource-locked"],
    ["NOT_IMPLEMENTED", "amqp:not-implemented"],
    ["NOT_ALLOWED", "amqp:not-allowed"],
    ["LIMIT_EXCEEDED", "amqp:resource-limit-exceeded"],
  ] as const)("says %s as %s, to the link", (code, condition) => {
    expect(fromBrokerError(new BrokerError(code, "why"))).toMatchObject({ scope: "link", condition, message: "why" })
  })

  it("keeps the scope of the connection", () => {
    expect(fromBrokerError(new BrokerError("NOT_FOUND", "no vhost", { scope: "connection" })).scope).toBe("connection")
  })
})

describe("errorDraft", () => {
  it.each(["x", "€", "😀"])("cuts a description that the smallest frame could not hold: %s", (letter) => {
    const { condition, description = "" } = errorDraft(new Amqp10Error("link", "amqp:not-found", letter.repeat(1000)))
    expect(condition).toBe("amqp:not-found")
    expect(description).toHaveLength(100)
    expect(letter.repeat(1000).startsWith(description)).toBe(true)
    expect(errorDraft(new Amqp10Error("link", "amqp:not-found", "x".repeat(300))).description).toHaveLength(300)
  })
})
