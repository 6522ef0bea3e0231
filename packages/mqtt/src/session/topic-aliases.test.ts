import { describe, expect, it } from "vitest"
import { OutgoingAliases } from "./topic-aliases.ts"

function send(aliases: OutgoingAliases, topic: string): string {
  const { alias, isKnown } = aliases.use(topic)
  if (alias > 0 && !isKnown) aliases.taught(topic, alias)
  return alias === 0 ? topic : isKnown ? `${alias}` : `${topic}=${alias}`
}

describe("outgoing topic aliases", () => {
  it("are given to topics that repeat", () => {
    const aliases = new OutgoingAliases(2)
    expect(["a", "b", "a", "a", "b", "b"].map((topic) => send(aliases, topic))).toEqual([
      "a",
      "b",
      "a=1",
      "1",
      "b=2",
      "2",
    ])
  })

  it("are not more than the client allows [MQTT-3.1.2-26]", () => {
    const aliases = new OutgoingAliases(1)
    expect(["a", "a", "b", "b", "b", "a"].map((topic) => send(aliases, topic))).toEqual([
      "a",
      "a=1",
      "b",
      "b",
      "b",
      "1",
    ])
  })

  it("are not spent on topics that come once", () => {
    const aliases = new OutgoingAliases(1)
    const topics = Array.from({ length: 40 }, (_, index) => `once/${index}`)
    expect(topics.map((topic) => send(aliases, topic))).toEqual(topics)
    expect(["x", "x"].map((topic) => send(aliases, topic))).toEqual(["x", "x=1"])
  })

  it("stay untaught until the packet with the topic was sent", () => {
    const aliases = new OutgoingAliases(1)
    aliases.use("a")
    expect(aliases.use("a")).toEqual({ alias: 1, isKnown: false })
    expect(aliases.use("a")).toEqual({ alias: 1, isKnown: false })
  })
})
