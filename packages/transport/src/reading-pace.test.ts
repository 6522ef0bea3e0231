import { Buffer } from "node:buffer"
import { describe, expect, it } from "vitest"
import { closed, connected, readAll, turnEnd, UNREAD_MARK } from "./testing/connected.ts"
import { say } from "./testing/scripted-door.ts"

describe("a peer whose session wants nothing for a while", () => {
  it("is not taken for slow", async () => {
    const { client, session, tick } = connected()
    say(session().outbound, new Uint8Array(400_000))
    await turnEnd()
    session().outbound.pauseReading("alarm")
    tick(60_000)
    session().outbound.resumeReading("alarm")
    tick(14_000)
    await turnEnd()
    expect(client.destroyed).toBe(false)
    tick(1_000)
    await closed(client)
  })

  it("is kept when it has nothing to read", async () => {
    const { client, session, tick } = connected()
    session().outbound.pauseReading("alarm")
    say(session().outbound, "a little")
    client.read()
    await turnEnd()
    tick(1_000_000)
    await turnEnd()
    expect(client.destroyed).toBe(false)
  })

  it("is not read until the session takes its reason back", async () => {
    const { client, session } = connected()
    session().outbound.pauseReading("alarm")
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
    session().outbound.resumeReading("alarm")
    await turnEnd()
    expect(Buffer.concat(session().received).toString()).toBe("HELLO")
  })

  it("is not read when its session says so from the start", async () => {
    const { client, session } = connected(1, ({ outbound }) => outbound.pauseReading("alarm"))
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
  })

  it("is one that its session can tell from others", () => {
    const { session } = connected()
    const { outbound } = session()
    expect(outbound.isReadingPaused).toBe(false)
    outbound.pauseReading("alarm")
    outbound.pauseReading("alarm")
    expect(outbound.isReadingPaused).toBe(true)
    outbound.resumeReading("alarm")
    expect(outbound.isReadingPaused).toBe(false)
  })

  it("is read on once the session has taken back every reason not to", () => {
    const { outbound } = connected().session()
    outbound.pauseReading("alarm")
    outbound.pauseReading("unanswered")
    outbound.resumeReading("alarm")
    expect(outbound.isReadingPaused).toBe(true)
    outbound.resumeReading("unanswered")
    expect(outbound.isReadingPaused).toBe(false)
  })

  it("is read on when the session takes back all its reasons at once", () => {
    const { outbound } = connected().session()
    outbound.pauseReading("authenticating")
    outbound.pauseReading("unanswered")
    outbound.resumeReading()
    expect(outbound.isReadingPaused).toBe(false)
  })
})

describe("a peer that asks without reading the answers", () => {
  /** A connection whose session answers every chunk with 100 000 bytes. */
  function answering() {
    const all = connected()
    const words: string[] = []
    const { outbound } = all.session()
    all.session().onReceive = (chunk) => {
      words.push(Buffer.from(chunk).toString())
      say(outbound, new Uint8Array(100_000))
    }
    /** Every word is a chunk. */
    async function ask(count: number): Promise<void> {
      for (let index = 0; index < count; index++) all.client.write("?")
      await turnEnd()
    }
    return { ...all, outbound, words, ask }
  }

  it("is read until more is pending than deliveries leave and as much again", async () => {
    const { outbound, connection, words, ask } = answering()
    await ask(4)
    expect([words.length, connection.pendingBytes, outbound.isReadingPaused]).toEqual([4, UNREAD_MARK, false])
    await ask(10)
    expect([words.length, connection.pendingBytes, outbound.isReadingPaused]).toEqual([5, 500_000, true])
  })

  it("is read on once less than half of that is left, and gets all its answers", async () => {
    const { client, session, connection, words, ask } = answering()
    await ask(20)
    expect(words).toHaveLength(5)
    const left: number[] = []
    const answer = session().onReceive
    session().onReceive = (chunk) => {
      left.push(connection.pendingBytes)
      answer(chunk)
    }
    let bytes = 0
    await new Promise<void>((resolve) => {
      client.on("data", (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes === 2_000_000) resolve()
      })
    })
    expect(words).toHaveLength(20)
    expect(left[0]).toBeLessThan(UNREAD_MARK / 2)
  })

  it("is not read either when the answers came later than the questions", async () => {
    const { client, outbound, words } = answering()
    say(outbound, new Uint8Array(UNREAD_MARK))
    await turnEnd()
    expect(outbound.isReadingPaused).toBe(false)
    say(outbound, "one more")
    await turnEnd()
    expect(outbound.isReadingPaused).toBe(true)
    client.write("?")
    await turnEnd()
    expect(words).toEqual([])
  })

  it("is not read on before its session and its reading both allow it", async () => {
    const { client, outbound, connection, words, ask } = answering()
    await ask(6)
    outbound.pauseReading("alarm")
    outbound.resumeReading("alarm")
    await turnEnd()
    expect([outbound.isReadingPaused, words.length]).toEqual([true, 5])
    outbound.pauseReading("alarm")
    client.resume()
    while (connection.pendingBytes > 0) await turnEnd()
    expect([outbound.isReadingPaused, words.length]).toEqual([true, 5])
    outbound.resumeReading("alarm")
    await turnEnd()
    expect([outbound.isReadingPaused, words.length]).toEqual([false, 6])
  })

  it("is closed when it goes on like that", async () => {
    const { client, broker, ask, tick } = answering()
    await ask(6)
    tick(14_999)
    expect(client.destroyed).toBe(false)
    tick(1)
    await closed(client)
    expect(broker.lines.at(-1)?.reason).toBe("the peer has read nothing for 15 s while 500000 bytes were pending")
  })

  it("is kept while it reads a little now and then", async () => {
    const { client, outbound, connection, ask, tick, goneCount } = answering()
    say(outbound, new Uint8Array(2_000_000))
    await ask(1)
    for (let step = 0; step < 5; step++) {
      tick(14_999)
      const before = connection.pendingBytes
      client.read()
      await turnEnd()
      expect(connection.pendingBytes).toBeLessThan(before)
      expect(outbound.isReadingPaused).toBe(true)
    }
    expect(goneCount()).toBe(0)
  })

  it("is heard out, and not answered any more, when its session ends the connection", async () => {
    const { client, outbound, words, ask, goneCount } = answering()
    await ask(6)
    outbound.close("enough")
    expect(outbound.isReadingPaused).toBe(false)
    await ask(6)
    expect(words).toHaveLength(5)
    client.end()
    expect(await readAll(client)).toHaveLength(500_000)
    await closed(client)
    await turnEnd()
    expect(goneCount()).toBe(1)
  })
})
