import type { Broker, Connection, Door, Log, Outbound, Peer, Session } from "@polymq/broker"
import { DEFAULT_LIMITS, type Limits } from "@polymq/broker"
import { EventLoopTurn } from "../event-loop-turn.ts"

/** A session whose reactions a test can replace; it keeps what it was told. */
export interface ScriptedSession extends Session {
  readonly outbound: Outbound
  readonly peer: Peer
  readonly received: Uint8Array[]
  /** Calls other than `receive`, in order. */
  readonly calls: string[]
  onReceive: (chunk: Uint8Array) => void
  onWritable: () => void
  onShutdown: () => void
}

/** A door that keeps the sessions it has opened. */
export interface ScriptedDoor extends Door {
  readonly sessions: ScriptedSession[]
  /** The next session that is opened. */
  nextSession(): Promise<ScriptedSession>
}

/** A door that recognises connections that begin with `header`. */
export function scriptedDoor(
  protocol: string,
  header: string,
  prepare?: (session: ScriptedSession) => void,
): ScriptedDoor {
  const sessions: ScriptedSession[] = []
  const waiting: ((session: ScriptedSession) => void)[] = []
  return {
    protocol,
    sessions,
    nextSession: () => new Promise((resolve) => waiting.push(resolve)),
    recognises(first) {
      const text = Buffer.from(first).toString("latin1")
      if (text.startsWith(header)) return "yes"
      return header.startsWith(text) ? "need-more" : "no"
    },
    open(peer, outbound) {
      const session = scriptedSession(peer, outbound)
      sessions.push(session)
      prepare?.(session)
      waiting.shift()?.(session)
      return session
    },
  }
}

function scriptedSession(peer: Peer, outbound: Outbound): ScriptedSession {
  const calls: string[] = []
  const received: Uint8Array[] = []
  const session: ScriptedSession = {
    outbound,
    peer,
    received,
    calls,
    onReceive: (chunk) => received.push(chunk),
    onWritable: () => {},
    onShutdown: () => outbound.close("shutdown"),
    receive: (chunk, start, end) => session.onReceive(chunk.subarray(start, end)),
    stored: () => calls.push("stored"),
    blocked: () => calls.push("blocked"),
    writable() {
      calls.push("writable")
      session.onWritable()
    },
    tick: () => calls.push("tick"),
    shutdown(reason) {
      calls.push(`shutdown ${reason}`)
      session.onShutdown()
    },
    lost: () => calls.push("lost"),
  }
  return session
}

/** Writes text or bytes as a session does: small ones in place, large ones by reference. */
export function say(outbound: Outbound, content: string | Uint8Array): void {
  const bytes = typeof content === "string" ? Buffer.from(content) : content
  if (bytes.length >= 1024) {
    outbound.share(bytes, 0, bytes.length)
    return
  }
  const room = outbound.reserve(bytes.length)
  room.bytes.set(bytes, room.start)
}

/** One line of a `RecordedBroker`'s log. */
interface LogLine {
  readonly level: string
  readonly event: string
  readonly reason: unknown
}

/** A broker whose log can be read. */
export interface RecordedBroker extends Broker {
  readonly lines: LogLine[]
}

/** Only what a transport needs of a broker; sessions that want more fail. */
export function recordedBroker(limits: Partial<Limits> = {}, clock: () => number = Date.now): RecordedBroker {
  const lines: LogLine[] = []
  const line =
    (level: string): Log["info"] =>
    (event, fields) =>
      lines.push({ level, event, reason: fields?.["reason"] ?? fields?.["stack"] })
  const refuse = (): never => {
    throw new Error("a transport does not ask for this")
  }
  return {
    lines,
    limits: { ...DEFAULT_LIMITS, ...limits },
    turn: new EventLoopTurn({ clock }),
    log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
    blockedReason: undefined,
    connect: (): Connection => refuse(),
    authenticate: refuse,
    access: refuse,
    awaitStored: refuse,
  }
}
