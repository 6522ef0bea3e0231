import type { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import { closed, connected, turnEnd } from "./testing/connected.ts"
import { say } from "./testing/scripted-door.ts"

describe("what a session writes", () => {
  it("leaves in one piece at the end of the turn", async () => {
    const { client, connection, session } = connected()
    const chunks: string[] = []
    client.on("data", (chunk: Buffer) => chunks.push(chunk.toString()))
    for (const word of ["one ", "two ", "three"]) say(session().outbound, word)
    expect(connection.pendingBytes).toBe(13)
    await turnEnd()
    await turnEnd()
    expect(chunks).toEqual(["one two three"])
    expect(connection.pendingBytes).toBe(0)
  })

  it("is counted until the peer has taken it, and then the session is told", async () => {
    const { client, connection, session } = connected()
    for (let block = 0; block < 40; block++) say(session().outbound, new Uint8Array(10_000).fill(block))
    await turnEnd()
    expect(connection.pendingBytes).toBeGreaterThan(300_000)
    expect(session().calls).toEqual([])
    const drained = new Promise<void>((resolve) => {
      session().onWritable = () => connection.pendingBytes === 0 && resolve()
    })
    let bytes = 0
    client.on("data", (chunk: Buffer) => {
      bytes += chunk.length
    })
    await drained
    expect(bytes).toBe(400_000)
  })

  it("is followed by a word that it may go on even when the peer took everything at once", async () => {
    const { client, session } = connected()
    client.resume()
    for (let block = 0; block < 12; block++) say(session().outbound, new Uint8Array(10_000))
    await new Promise<void>((resolve) => {
      session().onWritable = resolve
    })
    expect(session().calls).toEqual(["writable"])
  })

  it("is not followed by a word when it held up nobody, although it took its time", async () => {
    const { client, connection, session } = connected()
    say(session().outbound, new Uint8Array(90_000))
    await turnEnd()
    expect(connection.pendingBytes).toBe(90_000)
    client.resume()
    while (connection.pendingBytes > 0) await turnEnd()
    expect(session().calls).toEqual([])
    say(session().outbound, new Uint8Array(60_000))
    say(session().outbound, new Uint8Array(60_000))
    while (connection.pendingBytes > 0) await turnEnd()
    expect(session().calls).toEqual(["writable"])
  })

  it("ends the connection of a peer that reads nothing for too long", async () => {
    const { client, session, broker, tick } = connected()
    say(session().outbound, new Uint8Array(400_000))
    await turnEnd()
    tick(14_999)
    expect(client.destroyed).toBe(false)
    tick(1)
    await closed(client)
    expect(session().calls).toEqual(["tick", "lost"])
    expect(broker.lines.at(-1)?.reason).toContain("has read nothing for 15 s")
  })

  it("may be read slowly but steadily", async () => {
    const { client, connection, session, tick, goneCount } = connected()
    say(session().outbound, new Uint8Array(2_000_000))
    await turnEnd()
    for (let step = 0; step < 5; step++) {
      tick(10_000)
      const before = connection.pendingBytes
      client.read()
      await turnEnd()
      expect(connection.pendingBytes).toBeLessThan(before)
    }
    expect(goneCount()).toBe(0)
  })

  it("is not kept after the end", async () => {
    const { client, connection, session } = connected()
    client.destroy()
    await turnEnd()
    await turnEnd()
    say(session().outbound, "too late")
    say(session().outbound, new Uint8Array(5_000))
    expect(connection.pendingBytes).toBe(0)
    await turnEnd()
  })
})
