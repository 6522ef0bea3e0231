import { Buffer } from "node:buffer"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { createBroker, type LogFields, type PolyBroker } from "polymq"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"

const LIMITS = { slowReaderBytes: 65_536, maxMessageBytes: 131_072, slowReaderTimeoutMs: 500 }
/** Pending bytes above which nothing is read: what deliveries leave, and as much again. */
const UNREAD_MARK = 2 * LIMITS.slowReaderBytes + LIMITS.maxMessageBytes
/** What Node reads from a socket at once. */
const CHUNK_BYTES = 65_536

/** One protocol: how a client gets to where it can ask, and what it then asks again and again. */
interface Asker {
  readonly protocol: string
  readonly url: "amqp" | "mqtt"
  /** What the client says, and how many bytes of answer it waits for before it goes on; hexadecimal. */
  readonly greeting: readonly { readonly says: string; readonly hears: string }[]
  readonly request: string
}

const text = (words: string): string => Buffer.from(words).toString("hex")
const shortstr = (words: string): string => words.length.toString(16).padStart(2, "0") + text(words)
const longstr = (words: string): string => words.length.toString(16).padStart(8, "0") + text(words)
/** A method frame of AMQP 0.9.1: type, channel, length, class and method, arguments, end. */
const method = (channel: number, id: string, fields: string): string => {
  const length = ((id.length + fields.length) / 2).toString(16).padStart(8, "0")
  return `01000${channel}${length}${id}${fields}ce`
}
/** A frame of AMQP 1.0 on channel 0. */
const frame = (body: string): string => `${(8 + body.length / 2).toString(16).padStart(8, "0")}02000000${body}`

const ASKERS: readonly Asker[] = [
  {
    protocol: "AMQP 0.9.1",
    url: "amqp",
    greeting: [
      { says: `${text("AMQP")}00000901`, hears: "000a000a" },
      {
        says: method(0, "000a000b", `00000000${shortstr("PLAIN")}${longstr("\0guest\0guest")}${shortstr("en_US")}`),
        hears: "000a001e",
      },
      {
        says: method(0, "000a001f", "0000000200000000") + method(0, "000a0028", `${shortstr("/")}0000`),
        hears: "000a0029",
      },
      { says: method(1, "0014000a", "00"), hears: "0014000b" },
    ],
    // queue.declare of the same exclusive queue with a long name, which declare-ok repeats.
    request: method(1, "0032000a", `0000${shortstr("q".repeat(200))}0400000000`),
  },
  {
    protocol: "AMQP 1.0",
    url: "amqp",
    greeting: [
      { says: `${text("AMQP")}00010000`, hears: `${text("AMQP")}00010000` },
      { says: frame("005310c00401a10163"), hears: "005310" },
      { says: frame("005311c0070440" + "43527f527f"), hears: "005311" },
    ],
    // flow of the session with echo, which is answered by a flow.
    request: frame("005313c00d0a43527f43527f404040404041"),
  },
  {
    protocol: "MQTT",
    url: "mqtt",
    greeting: [{ says: "100d00044d5154540402000000" + "0163", hears: "20020000" }],
    request: "c000",
  },
]

const sockets: Socket[] = []
const reasons: string[] = []
let broker: PolyBroker

beforeEach(async () => {
  const log = (event: string, fields?: LogFields): void => {
    if (event === "connection closed") reasons.push(String(fields?.["reason"]))
  }
  broker = await createBroker({ limits: LIMITS, log: { debug: log, info: log, warn: log, error: log } })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  reasons.length = 0
  await broker.close()
})

async function greeted({ url, greeting }: Asker): Promise<Socket> {
  const socket = connect(Number(new URL(broker.urls[url]).port), "127.0.0.1")
  sockets.push(socket)
  socket.on("error", () => {})
  for (const { says, hears } of greeting) {
    let heard = ""
    socket.write(Buffer.from(says, "hex"))
    while (!heard.includes(hears)) heard += ((await once(socket, "data"))[0] as Buffer).toString("hex")
  }
  return socket
}

/** Sends requests as fast as the broker takes them, until the connection ends. */
function askOnAndOn(socket: Socket, request: Buffer): void {
  const requests = Buffer.concat(new Array(Math.floor(CHUNK_BYTES / request.length)).fill(request))
  const ask = (failure?: Error | null): void => {
    if (failure === undefined || failure === null) socket.write(requests, ask)
  }
  ask()
}

describe("a client that asks on and on without reading the answers", () => {
  it.each(ASKERS)("of $protocol is not read any more, and closed after a while", async (asker) => {
    const socket = await greeted(asker)
    socket.pause()
    const request = Buffer.from(asker.request, "hex")
    askOnAndOn(socket, request)
    await vi.waitFor(() => expect(reasons).toHaveLength(1), 15_000)
    const [, pending] = /has read nothing for 0.5 s while (\d+) bytes were pending/.exec(reasons[0] ?? "") ?? []
    expect(Number(pending)).toBeGreaterThan(UNREAD_MARK)
    // No answer here is twice as long as its request.
    expect(Number(pending)).toBeLessThan(UNREAD_MARK + 2 * CHUNK_BYTES)
  })
})
