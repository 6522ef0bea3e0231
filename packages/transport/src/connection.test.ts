import { Buffer } from "node:buffer"
import type { Duplex } from "node:stream"
import { describe, expect, it } from "vitest"
import { Connection } from "./connection.ts"
import { connectPair } from "./duplex-pair.ts"
import { recordedBroker, type ScriptedSession, say, scriptedDoor } from "./testing/scripted-door.ts"
import { WriteBuffers } from "./write-buffers.ts"

const LIMITS = {
  slowReaderTimeoutMs: 15_000,
  slowReaderBytes: 100_000,
  maxMessageBytes: 200_000,
  handshakeTimeoutMs: 10_000,
}
/** Pending bytes above which nothing is read. */
const UNREAD_MARK = 400_000
const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A connection over an in-memory pair, with a clock that the test moves by `tick`. */
function connect(doorCount: 1 | 2 = 1, prepare?: (session: ScriptedSession) => void) {
  const clock = { nowMs: 1_000_000 }
  const broker = recordedBroker(LIMITS, () => clock.nowMs)
  const door = scriptedDoor("hello", "HELLO", prepare)
  const [client, server] = connectPair()
  let goneCount = 0
  const connection = new Connection(
    server,
    { address: "127.0.0.1", port: 1, isLoopback: true },
    {
      doors: doorCount === 1 ? [door] : [door, scriptedDoor("other", "OTHER")],
      broker,
      buffers: new WriteBuffers(),
      gone: () => goneCount++,
    },
  )
  return {
    client,
    connection,
    broker,
    session: (): ScriptedSession => door.sessions[0] as ScriptedSession,
    sessionCount: () => door.sessions.length,
    goneCount: () => goneCount,
    tick(afterMs: number) {
      clock.nowMs += afterMs
      connection.tick(clock.nowMs)
    },
  }
}

function closed(stream: Duplex): Promise<void> {
  return stream.destroyed ? Promise.resolve() : new Promise((resolve) => stream.once("close", () => resolve()))
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe("a connection", () => {
  it("hands its session the bytes as they come", async () => {
    const { client, session } = connect()
    client.write("HELLO")
    client.write(" there")
    await turnEnd()
    expect(Buffer.concat(session().received).toString()).toBe("HELLO there")
  })

  it("writes what a session wrote in one turn as one piece, at the end of the turn", async () => {
    const { client, connection, session } = connect()
    const chunks: string[] = []
    client.on("data", (chunk: Buffer) => chunks.push(chunk.toString()))
    for (const word of ["one ", "two ", "three"]) say(session().outbound, word)
    expect(connection.pendingBytes).toBe(13)
    await turnEnd()
    await turnEnd()
    expect(chunks).toEqual(["one two three"])
    expect(connection.pendingBytes).toBe(0)
  })

  it("counts what the peer has not taken and tells the session once it has", async () => {
    const { client, connection, session } = connect()
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

  it("tells the session that it may write again even when the peer took everything at once", async () => {
    const { client, session } = connect()
    client.resume()
    for (let block = 0; block < 12; block++) say(session().outbound, new Uint8Array(10_000))
    await new Promise<void>((resolve) => {
      session().onWritable = resolve
    })
    expect(session().calls).toEqual(["writable"])
  })

  it("closes a peer that reads nothing for too long", async () => {
    const { client, session, broker, tick } = connect()
    say(session().outbound, new Uint8Array(400_000))
    await turnEnd()
    tick(14_999)
    expect(client.destroyed).toBe(false)
    tick(1)
    await closed(client)
    expect(session().calls).toEqual(["tick", "lost"])
    expect(broker.lines.at(-1)?.reason).toContain("has read nothing for 15 s")
  })

  it("lets its session look at the clock once a second", () => {
    const { session, tick } = connect()
    tick(1000)
    tick(1000)
    expect(session().calls).toEqual(["tick", "tick"])
  })

  it("keeps a peer that reads slowly but steadily", async () => {
    const { client, connection, session, tick, goneCount } = connect()
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

  it("does not take a peer for slow while we do not read from it", async () => {
    const { client, session, tick } = connect()
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

  it("keeps a peer that is not read and has nothing to read", async () => {
    const { client, session, tick } = connect()
    session().outbound.pauseReading("alarm")
    say(session().outbound, "a little")
    client.read()
    await turnEnd()
    tick(1_000_000)
    await turnEnd()
    expect(client.destroyed).toBe(false)
  })

  it("stops reading when it is told to", async () => {
    const { client, session } = connect()
    session().outbound.pauseReading("alarm")
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
    session().outbound.resumeReading("alarm")
    await turnEnd()
    expect(Buffer.concat(session().received).toString()).toBe("HELLO")
  })

  it("stops reading when its session asks for it from the start", async () => {
    const { client, session } = connect(1, ({ outbound }) => outbound.pauseReading("alarm"))
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
  })

  it("tells its session whether the peer is read", () => {
    const { session } = connect()
    const { outbound } = session()
    expect(outbound.isReadingPaused).toBe(false)
    outbound.pauseReading("alarm")
    outbound.pauseReading("alarm")
    expect(outbound.isReadingPaused).toBe(true)
    outbound.resumeReading("alarm")
    expect(outbound.isReadingPaused).toBe(false)
  })

  it("reads on once its session has taken back every reason not to", () => {
    const { outbound } = connect().session()
    outbound.pauseReading("alarm")
    outbound.pauseReading("unanswered")
    outbound.resumeReading("alarm")
    expect(outbound.isReadingPaused).toBe(true)
    outbound.resumeReading("unanswered")
    expect(outbound.isReadingPaused).toBe(false)
  })

  it("forgets all reasons of its session at once", () => {
    const { outbound } = connect().session()
    outbound.pauseReading("authenticating")
    outbound.pauseReading("unanswered")
    outbound.resumeReading()
    expect(outbound.isReadingPaused).toBe(false)
  })

  it("closes after what is pending, and says so once", async () => {
    const { client, session, broker, goneCount } = connect()
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
    const { client, session } = connect()
    session().outbound.close("enough")
    client.write("HELLO")
    await turnEnd()
    expect(session().received).toEqual([])
  })

  it("does not wait for ever for a peer to close its side", async () => {
    const { client, session, tick } = connect()
    session().outbound.close("enough")
    await turnEnd()
    tick(2_999)
    expect(client.destroyed).toBe(false)
    tick(1)
    await closed(client)
  })

  it("answers a peer that has closed its sending side", async () => {
    const { client, session } = connect()
    session().onReceive = () => say(session().outbound, "answer")
    client.end("HELLO")
    expect((await readAll(client)).toString()).toBe("answer")
    expect(session().calls).toEqual(["lost"])
  })

  it("ends when its session throws, and only then tells it", async () => {
    const { client, session, broker } = connect()
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

  it("takes writes after its end without keeping them", async () => {
    const { client, connection, session } = connect()
    client.destroy()
    await turnEnd()
    await turnEnd()
    say(session().outbound, "too late")
    say(session().outbound, new Uint8Array(5_000))
    expect(connection.pendingBytes).toBe(0)
    await turnEnd()
  })

  it("finds its door although the bytes come one by one", async () => {
    const { client, session, sessionCount } = connect(2)
    for (const byte of "HELLO") {
      expect(sessionCount()).toBe(0)
      client.write(byte)
      await turnEnd()
    }
    expect(sessionCount()).toBe(1)
    expect(Buffer.concat(session().received).toString()).toBe("HELLO")
  })

  it("gives up on a peer that never says what it speaks", async () => {
    const { client, broker, tick } = connect(2)
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

describe("a peer that asks without reading the answers", () => {
  /** A connection whose session answers every chunk with 100 000 bytes. */
  function answering() {
    const all = connect()
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
