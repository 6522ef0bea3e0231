import { Buffer } from "node:buffer"
import type { Duplex } from "node:stream"
import { Connection } from "../connection.ts"
import { connectPair } from "../duplex-pair.ts"
import { WriteBuffers } from "../write-buffers.ts"
import { recordedBroker, type ScriptedSession, scriptedDoor } from "./scripted-door.ts"

const LIMITS = {
  slowReaderTimeoutMs: 15_000,
  slowReaderBytes: 100_000,
  maxMessageBytes: 200_000,
  handshakeTimeoutMs: 10_000,
}
/** Pending bytes of a `connected` peer above which nothing is read. */
export const UNREAD_MARK = 400_000
/** The rest of this turn of the event loop. */
export const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A connection over an in-memory pair, with a clock that the test moves by `tick`. */
export function connected(doorCount: 1 | 2 = 1, prepare?: (session: ScriptedSession) => void) {
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

/** Resolves when nothing of the stream is left. */
export function closed(stream: Duplex): Promise<void> {
  return stream.destroyed ? Promise.resolve() : new Promise((resolve) => stream.once("close", () => resolve()))
}

/** Everything up to the end of the stream. */
export async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
