import { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import { closed, connected, readAll, turnEnd } from "./testing/connected.ts"
import { say } from "./testing/scripted-door.ts"

describe("a connection", () => {
  it("hands its session the bytes as they come", async () => {
    const { client, session } = connected()
    client.write("HELLO")
    client.write(" there")
    await turnEnd()
    expect(Buffer.concat(session().received).toString()).toBe("HELLO there")
  })

  it("lets its session look at the clock once a second", () => {
    const { session, tick } = connected()
    tick(1000)
    tick(1000)
    expect(session().calls).toEqual(["tick", "tick"])
  })

  it("closes after what is pending, and says so once", async () => {
    const { client, session, broker, goneCount } = connected()
    say(session().outbound, "goodbye")
    session().outbound.close("enough")
    session().outbound.close("and again")
    expect((await readAll(client)).toString()).toBe("goodbye")
    client.end()
    await closed(client)
    await turnEnd()
    expect(session().calls).toEqual(["lost"])
    expect(goneCount()).toBe(1)
    expect(broker.lines).toEqual([{ level: "info", event: "connection closed", reason: "enough" }])
  })

  it("discards what arrives after it was closed", async () => {
    const { client, session } = connected()
    session().outbound.close("enough")
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
  })

  it("does not wait for ever for a peer to close its side", async () => {
    const { client, session, tick } = connected()
    session().outbound.close("enough")
    await turnEnd()
    tick(2_999)
    expect(client.destroyed).toBe(false)
    tick(1)
    await closed(client)
  })

  it("answers a peer that has closed its sending side", async () => {
    const { client, session } = connected()
    session().onReceive = () => say(session().outbound, "answer")
    client.end("HELLO")
    expect((await readAll(client)).toString()).toBe("answer")
    expect(session().calls).toEqual(["lost"])
  })

  it("ends when its session throws, and only then tells it", async () => {
    const { client, session, broker } = connected()
    session().onReceive = () => {
      throw new Error("a bug")
    }
    client.write("HELLO")
    await closed(client)
    expect(session().calls).toEqual(["lost"])
    expect(broker.lines.map(({ level, event }) => `${level} ${event}`)).toEqual([
      "error session failed",
      "info connection closed",
    ])
    expect(String(broker.lines[0]?.reason)).toContain("a bug")
  })

  it("finds its door although the bytes come one by one", async () => {
    const { client, session, sessionCount } = connected(2)
    for (const byte of "HELLO") {
      expect(sessionCount()).toBe(0)
      client.write(byte)
      await turnEnd()
    }
    expect(sessionCount()).toBe(1)
    expect(Buffer.concat(session().received).toString()).toBe("HELLO")
  })

  it("gives up on a peer that never says what it speaks", async () => {
    const { client, broker, tick } = connected(2)
    client.write("HEL")
    await turnEnd()
    tick(10_000)
    await readAll(client)
    client.end()
    await closed(client)
    await turnEnd()
    expect(broker.lines).toEqual([{ level: "info", event: "connection closed", reason: "no protocol header in time" }])
  })
})
