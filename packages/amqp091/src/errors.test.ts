import { BrokerError } from "@polymq/broker"
import { PropertyError } from "@polymq/message"
import { DecodeError } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { REPLY } from "./codec/constants.ts"
import { Amqp091Error, amqp091ErrorOf, endsChannelOnly, replyText } from "./errors.ts"

describe("errors of the broker", () => {
  it.each([
    ["NOT_FOUND", 404, 530],
    ["PRECONDITION_FAILED", 406, 530],
    ["ACCESS_REFUSED", 403, 530],
    ["RESOURCE_LOCKED", 405, 530],
    ["NOT_IMPLEMENTED", 540, 540],
    ["NOT_ALLOWED", 530, 530],
    ["LIMIT_EXCEEDED", 406, 530],
  ] as const)("%s is %i on a channel and %i where it ends the connection", (code, onChannel, onConnection) => {
    const message = amqp091ErrorOf(new BrokerError(code, "words", { scope: "message" }))
    const channel = amqp091ErrorOf(new BrokerError(code, "words"))
    const connection = amqp091ErrorOf(new BrokerError(code, "words", { scope: "connection" }))
    expect(REPLY[message.reply].code).toBe(onChannel)
    expect(REPLY[channel.reply].code).toBe(onChannel)
    expect(REPLY[connection.reply].code).toBe(onConnection)
  })
})

describe("errors of decoding", () => {
  it.each([
    ["TRUNCATED", 502],
    ["MALFORMED", 502],
    ["INVALID_UTF8", 502],
    ["TOO_LARGE", 501],
    ["TOO_DEEP", 502],
  ] as const)("%s is %i", (code, reply) => {
    expect(REPLY[amqp091ErrorOf(new DecodeError(code, "words")).reply].code).toBe(reply)
  })

  it("in the meaning of a property are 406", () => {
    expect(REPLY[amqp091ErrorOf(new PropertyError("expiration", "words")).reply].code).toBe(406)
  })
})

describe("protocol errors", () => {
  it("end the channel or the connection, as the specification says of their code", () => {
    const soft = Object.entries(REPLY).filter(([, { ends }]) => ends === "channel")
    expect(soft.map(([, { code }]) => code)).toEqual([311, 313, 403, 404, 405, 406])
    expect(endsChannelOnly(new Amqp091Error("NOT_FOUND", ""))).toBe(true)
    expect(endsChannelOnly(new Amqp091Error("NOT_ALLOWED", ""))).toBe(false)
  })

  it("put the name of their code in front and fit a short string", () => {
    expect(replyText(new Amqp091Error("NOT_FOUND", "no queue 'q' in vhost '/'"))).toBe(
      "NOT_FOUND - no queue 'q' in vhost '/'",
    )
    expect(replyText(new Amqp091Error("NOT_FOUND", "é".repeat(200)))).toBe(`NOT_FOUND - ${"é".repeat(121)}`)
  })

  it("tell nothing of what failed inside", () => {
    const error = amqp091ErrorOf(new TypeError("secret is undefined"))
    expect(replyText(error)).toBe("INTERNAL_ERROR - the broker failed")
  })
})
