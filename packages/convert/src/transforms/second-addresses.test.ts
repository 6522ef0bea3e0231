import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { holds, transformed } from "../testing/slot.ts"
import {
  isPlainMqttExchangesAddress,
  isQueueAddress,
  nameToQueueAddress,
  queueAddressToName,
  topicToExchangesAddress,
} from "./second-addresses.ts"

function text(result: readonly string[]): readonly string[] {
  return result[0] === "lost" ? result : ["converted", Buffer.from(result[1] ?? "", "hex").toString()]
}

describe("addresses of queues", () => {
  it.each([
    ["/queues/q", true],
    ["/queues/", true],
    ["/queue/q", false],
    ["queues/q", false],
    ["", false],
  ])("are told by their beginning: %s", (address, expected) => {
    expect(holds(isQueueAddress, encodeUtf8(address))).toBe(expected)
  })

  it.each([
    ["/queues/q", ["converted", "q"]],
    ["/queues/a%2Fb", ["converted", "a/b"]],
    ["/queues/", ["converted", ""]],
    ["/queues/a/b", ["lost", "no-address"]],
    ["/queues/%", ["lost", "no-address"]],
    ["/queues/é", ["lost", "no-address"]],
    [`/queues/${"%41".repeat(255)}`, ["converted", "A".repeat(255)]],
    [`/queues/${"%41".repeat(256)}`, ["lost", "too-large"]],
  ])("become names: %s", (address, expected) => {
    expect(text(transformed(queueAddressToName, encodeUtf8(address)))).toEqual(expected)
  })

  it("come of any name", () => {
    expect(text(transformed(nameToQueueAddress, encodeUtf8("a/b")))).toEqual(["converted", "/queues/a%2Fb"])
  })
})

describe("addresses of the MQTT exchange", () => {
  it.each([
    ["/exchanges/amq.topic/a", true],
    ["/exchanges/amq.topic/", true],
    ["/exchanges/amq%2Etopic/a", false],
    ["/exchanges/amq.topic", false],
    ["/exchanges/amq.topic/é", false],
    ["/exchange/amq.topic/a", false],
  ])("name it literally: %s", (address, expected) => {
    expect(holds(isPlainMqttExchangesAddress, encodeUtf8(address))).toBe(expected)
  })

  it("come of topics", () => {
    const address = "/exchanges/amq.topic/a.b%20.%2A"
    expect(text(transformed(topicToExchangesAddress, encodeUtf8("a/b /+")))).toEqual(["converted", address])
  })
})
