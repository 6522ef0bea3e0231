import { encodeUtf8 } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { holds, octets, transformed } from "../testing/slot.ts"
import {
  exchangeAddressToTopic,
  exchangesAddressToTopic,
  isMqttExchangeAddress,
  isMqttExchangesAddress,
  keyToTopicAddress,
  topicToExchangeAddress,
} from "./reply-address.ts"

function text(result: readonly string[]): readonly string[] {
  return result[0] === "lost" ? result : ["converted", Buffer.from(result[1] ?? "", "hex").toString()]
}

describe("addresses of the MQTT exchange", () => {
  it("stand for a topic there and back", () => {
    const address = transformed(topicToExchangeAddress, encodeUtf8("a/b c"))
    expect(text(address)).toEqual(["converted", "/exchange/amq.topic/a.b c"])
    expect(text(transformed(exchangeAddressToTopic, octets(address[1] ?? "")))).toEqual(["converted", "a/b c"])
  })

  it.each([
    ["/exchange/amq.topic/a", true],
    ["/exchange/amq.topic/", true],
    ["/exchange/amq.topic", false],
    ["/exchange/amq.topi/a", false],
    ["/exchanges/amq.topic/a", false],
    ["exchange/amq.topic/a", false],
  ])("are told by the first generation's form: %s", (address, expected) => {
    expect(holds(isMqttExchangeAddress, encodeUtf8(address))).toBe(expected)
  })

  it.each([
    ["/exchanges/amq.topic/a", true],
    ["/exchanges/amq%2Etopic/", true],
    ["/exchanges/amq.topic", false],
    ["/exchanges/amq.topic%/a", false],
    ["/exchanges//a", false],
    ["/exchange/amq.topic/a", false],
  ])("are told by the second generation's form: %s", (address, expected) => {
    expect(holds(isMqttExchangesAddress, encodeUtf8(address))).toBe(expected)
  })

  it("decode percent-encoding of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), (key) => {
        fc.pre(!/[+#\0]/.test(key))
        const address = `/exchanges/amq.topic/${encodeURIComponent(key)}`
        const expected = ["converted", key.replaceAll(".", "/")]
        expect(text(transformed(exchangesAddressToTopic, encodeUtf8(address)))).toEqual(expected)
      }),
    )
  })
})

describe("keyToTopicAddress", () => {
  it("leaves the key as it is", () => {
    expect(text(transformed(keyToTopicAddress, encodeUtf8("a.b/c%")))).toEqual(["converted", "/topic/a.b/c%"])
  })
})
