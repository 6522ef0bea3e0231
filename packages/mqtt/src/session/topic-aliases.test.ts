import { describe, expect, it } from "vitest"
import { OutgoingAliases } from "./topic-aliases.ts"

function send(aliases: OutgoingAliases, topic: string): string {
  const { alias, isKnown } = aliases.use(topic)
  if (alias > 0 && !isKnown) aliases.taught(topic, alias)
  return alias === 0 ? topic : isKnown ? `${alias}` : `${topic}=${alias}`
}

describe("outgoing topic aliases", () => {
  it("are given with the first message of a topic", () => {
    const aliases = new OutgoingAliases(2)
    expect(["a", "b", "a", "b"].map((topic) => send(aliases, topic))).toEqual(["a=1", "b=2", "1", "2"])
  })

  it("are not more than the client allows [MQTT-3.1.2-26]", () => {
    const aliases = new OutgoingAliases(1)
    expect(["a", "a", "b", "b", "a"].map((topic) => send(aliases, topic))).toEqual(["a=1", "1", "b", "b", "1"])
  })

  it("stay untaught until the packet with the topic was sent", () => {
    const aliases = new OutgoingAliases(1)
    aliases.use("a")
    expect(aliases.use("a")).toEqual({ alias: 1, isKnown: false })
    expect(aliases.use("a")).toEqual({ alias: 1, isKnown: false })
  })
})
