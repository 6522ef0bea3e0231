import { Buffer } from "node:buffer"
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type ClientOptions, WebSocket } from "ws"
import { clientOptions, identity } from "./testing/fixture-certificates.ts"
import { type RecordedBroker, recordedBroker, type ScriptedDoor, say, scriptedDoor } from "./testing/scripted-door.ts"
import { type ListenerLayers, Transport } from "./transport.ts"

const RULES = { path: "/ws", subprotocols: ["mqtt", "mqttv3.1"], allowedOrigins: ["https://app.example.com"] }
const KEY = "dGhlIHNhbXBsZSBub25jZQ=="

const sockets: { destroy?: () => void; terminate?: () => void }[] = []
let nowMs: number
let broker: RecordedBroker
let door: ScriptedDoor
let transport: Transport

beforeEach(() => {
  nowMs = 1_000_000
  open({})
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) {
    socket.terminate?.()
    socket.destroy?.()
  }
  await transport.close("the test is over", 1000)
})

function open(limits: Parameters<typeof recordedBroker>[0]): void {
  broker = recordedBroker(limits, () => nowMs)
  door = scriptedDoor("hello", "HELLO", (session) => {
    session.onReceive = (chunk) => {
      session.received.push(chunk)
      say(session.outbound, Buffer.from(chunk))
    }
  })
  transport = new Transport({ broker })
}

async function listen(layers: Partial<ListenerLayers> = {}): Promise<number> {
  return (await transport.listen({ name: "ws", port: 0 }, [door], { webSocket: RULES, ...layers })).port
}

/** A WebSocket of a library. */
function dial(port: number, options: ClientOptions = {}, scheme = "ws", path = "/ws", offered = ["mqtt"]): WebSocket {
  const webSocket = new WebSocket(`${scheme}://127.0.0.1:${port}${path}`, offered, options)
  webSocket.on("error", () => {})
  sockets.push(webSocket)
  return webSocket
}

async function opened(webSocket: WebSocket): Promise<WebSocket> {
  await once(webSocket, "open")
  return webSocket
}

/** The status of an upgrade that is refused. */
async function refusal(webSocket: WebSocket): Promise<number | undefined> {
  const [, response] = (await once(webSocket, "unexpected-response")) as [unknown, { readonly statusCode?: number }]
  return response.statusCode
}

async function dialPlain(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" })
  socket.on("error", () => {})
  sockets.push(socket)
  await once(socket, "connect")
  return socket
}

/** The head of an upgrade, with or instead of the usual headers. */
function request(headers: Readonly<Record<string, string>> = {}, line = "GET /ws HTTP/1.1"): string {
  const all = {
    Host: "h",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Protocol": "mqtt",
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${line}\r\n${lines.join("")}\r\n`
}

/** A socket whose upgrade was accepted, for frames that no library would send. */
async function upgraded(port: number): Promise<Socket> {
  const socket = await dialPlain(port)
  socket.write(request())
  const [answer] = (await once(socket, "data")) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 101 /)
  return socket
}

/** A frame of a client with the mask 0 (RFC 6455, 5.2). */
function frame(opcode: number, payload: Uint8Array, { fin = true, masked = true } = {}): Buffer {
  const head = [(fin ? 0x80 : 0) | opcode, (masked ? 0x80 : 0) | Math.min(payload.length, 126)]
  if (payload.length >= 126) head.push(payload.length >> 8, payload.length & 0xff)
  return Buffer.concat([Buffer.from(head), Buffer.alloc(masked ? 4 : 0), payload])
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Code of the close frame that ends what a server has sent; undefined when there is none. */
function closeCode(bytes: Buffer): number | undefined {
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt8(at + 1)
    const [size, start] = length < 126 ? [length, at + 2] : [bytes.readUInt16BE(at + 2), at + 4]
    if (bytes.readUInt8(at) === 0x88) return bytes.readUInt16BE(start)
    at = start + size
  }
  return undefined
}

const BINARY = 2
const TEXT = 1
const CONTINUATION = 0
const PING = 9

function reasons(): readonly unknown[] {
  return broker.lines.map(({ level, event, reason }) =>
    level === "info" && event === "connection closed" ? reason : event,
  )
}

describe("a WebSocket", () => {
  it("carries bytes in binary messages both ways", async () => {
    const webSocket = await opened(dial(await listen()))
    webSocket.send(Buffer.from("HELLO"))
    const [answer, isBinary] = (await once(webSocket, "message")) as [Buffer, boolean]
    expect([answer.toString(), isBinary, webSocket.protocol, webSocket.extensions]).toEqual(["HELLO", true, "mqtt", ""])
    expect(door.sessions[0]?.peer).toEqual({ address: "127.0.0.1", port: expect.any(Number), isLoopback: true })
  })

  it("does so over TLS, and tells the door so", async () => {
    const webSocket = await opened(dial(await listen({ tls: identity() }), clientOptions(), "wss"))
    webSocket.send(Buffer.from("HELLO"))
    expect(String((await once(webSocket, "message"))[0])).toBe("HELLO")
    expect(door.sessions[0]?.peer.isSecure).toBe(true)
  })

  it("is opened with the preferred of the subprotocols that are offered", async () => {
    const port = await listen()
    const older = await opened(dial(port, {}, "ws", "/ws", ["x", "mqttv3.1"]))
    const both = await opened(dial(port, {}, "ws", "/ws?token=1", ["mqttv3.1", "mqtt"]))
    expect([older.protocol, both.protocol]).toEqual(["mqttv3.1", "mqtt"])
  })

  it.each([
    ["other subprotocols", 400, request({ "Sec-WebSocket-Protocol": "stomp, mqtt5" })],
    ["a subprotocol that is no list", 400, request({ "Sec-WebSocket-Protocol": "mqtt,,mqtt" })],
    ["no key", 400, request({ "Sec-WebSocket-Key": "" })],
    ["another version", 400, request({ "Sec-WebSocket-Version": "7" })],
    ["an upgrade to something else", 400, request({ Upgrade: "h2c" })],
    ["another method", 400, request({}, "POST /ws HTTP/1.1")],
    ["another path", 404, request({}, "GET /mqtt HTTP/1.1")],
    ["a path of which ours is a part", 404, request({}, "GET /ws/ HTTP/1.1")],
    ["a page of elsewhere", 403, request({ Origin: "https://evil.example" })],
    ["such a page, in the words of version 8", 403, request({ "Sec-WebSocket-Origin": "https://evil.example" })],
    ["no upgrade", 426, "GET /ws HTTP/1.1\r\nHost: h\r\n\r\n"],
    ["neither upgrade nor our path", 404, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789"],
    ["a header that is too long", 431, request({ Cookie: "x".repeat(9000) })],
    ["what is no HTTP", 400, "AMQP\0\0\t\x01\r\n\r\n"],
  ])("is not opened for %s", async (_what, status, text) => {
    const socket = await dialPlain(await listen())
    socket.write(text)
    const answer = (await readAll(socket)).toString()
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(answer.toLowerCase()).toContain("connection: close")
    expect(broker.lines).toHaveLength(1)
    expect(door.sessions).toEqual([])
  })

  it("is opened for pages that are allowed and for those of this machine", async () => {
    const port = await listen()
    await opened(dial(port, { origin: "https://app.example.com" }))
    await opened(dial(port, { origin: "http://localhost:3000" }))
    expect(await refusal(dial(port, { origin: "https://app.example.com.evil.example" }))).toBe(403)
    expect(reasons()).toEqual([
      "its origin is not among webSocket.allowedOrigins: https://app.example.com.evil.example",
    ])
  })

  it("never compresses, whatever the client offers", async () => {
    const webSocket = await opened(dial(await listen(), { perMessageDeflate: { threshold: 0 } }))
    webSocket.send(Buffer.alloc(1000))
    expect((await once(webSocket, "message"))[0]).toHaveLength(1000)
    expect(webSocket.extensions).toBe("")
  })

  it("answers pings", async () => {
    const webSocket = await opened(dial(await listen()))
    webSocket.ping("there?")
    expect(String((await once(webSocket, "pong"))[0])).toBe("there?")
  })

  it("says goodbye with 1000 when the session ends the connection", async () => {
    const port = await listen()
    const opening = door.nextSession()
    const webSocket = await opened(dial(port))
    const { outbound } = await opening
    say(outbound, "the last words")
    const words = once(webSocket, "message")
    outbound.close("enough")
    expect(String((await words)[0])).toBe("the last words")
    expect(((await once(webSocket, "close")) as [number])[0]).toBe(1000)
    await vi.waitFor(() => expect(reasons()).toEqual(["enough"]))
  })

  it("tells the session that the peer has reset it", async () => {
    const port = await listen()
    const opening = door.nextSession()
    const socket = await upgraded(port)
    const session = await opening
    socket.resetAndDestroy()
    await vi.waitFor(() => expect(session.calls).toEqual(["lost"]))
    expect(reasons()).toEqual(["the peer reset it"])
  })

  it.each(["close", "terminate"] as const)("tells the session that the peer is gone: %s", async (how) => {
    const port = await listen()
    const opening = door.nextSession()
    const webSocket = await opened(dial(port))
    const session = await opening
    webSocket[how]()
    await vi.waitFor(() => expect(session.calls).toEqual(["lost"]))
    expect(reasons()).toEqual(["the peer closed it"])
    expect(transport.connectionCount).toBe(0)
  })

  it("carries much in both directions to a peer that reads late, in order", async () => {
    const webSocket = await opened(dial(await listen()))
    const sent = Buffer.alloc(5_000_000, "0123456789abcdef")
    webSocket.send(Buffer.from("HELLO"))
    await once(webSocket, "message")
    webSocket.pause()
    for (let at = 0; at < sent.length; at += 100_000) webSocket.send(sent.subarray(at, at + 100_000))
    const chunks: Buffer[] = []
    const whole = new Promise<void>((resolve) => {
      webSocket.on("message", (chunk: Buffer) => {
        chunks.push(chunk)
        if (chunks.reduce((sum, { length }) => sum + length, 0) === sent.length) resolve()
      })
    })
    webSocket.resume()
    await whole
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })

  it("hands on the same bytes however messages and fragments cut them", async () => {
    const port = await listen()
    const bytes = Buffer.from(Array.from({ length: 2000 }, (_, index) => index & 0xff))
    const cuts = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.boolean()), { maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(cuts, fc.integer({ min: 1, max: 2500 }), async (parts, chunkBytes) => {
        const opening = door.nextSession()
        const socket = await upgraded(port)
        const session = await opening
        const frames: Buffer[] = []
        let at = 0
        let isInside = false
        for (const [length, fin] of [...parts, [bytes.length, true] as const]) {
          frames.push(frame(isInside ? CONTINUATION : BINARY, bytes.subarray(at, at + length), { fin }))
          at += length
          isInside = !fin
        }
        const all = Buffer.concat(frames)
        for (let from = 0; from < all.length; from += chunkBytes) socket.write(all.subarray(from, from + chunkBytes))
        await vi.waitFor(() => expect(Buffer.concat(session.received).equals(bytes)).toBe(true))
        socket.destroy()
      }),
      { numRuns: 25, seed: 7 },
    )
  })
})

describe("a WebSocket whose peer does not read", () => {
  it("counts what is pending, and is closed", async () => {
    const port = await listen()
    const opening = door.nextSession()
    const webSocket = await opened(dial(port))
    const { outbound } = await opening
    webSocket.pause()
    for (let count = 0; count < 400; count++) say(outbound, Buffer.alloc(50_000))
    await new Promise((resolve) => setImmediate(resolve))
    expect(outbound.pendingBytes).toBeGreaterThan(1_000_000)
    nowMs += 15_000
    await vi.waitFor(() => expect(reasons()[0]).toContain("the peer has read nothing for 15 s"), 3000)
  })

  it("is not read when it asks for more than it takes, and goes on once it reads", async () => {
    open({ slowReaderBytes: 10_000, maxMessageBytes: 10_000 })
    const port = await listen()
    const opening = door.nextSession()
    const webSocket = await opened(dial(port))
    const session = await opening
    webSocket.send(Buffer.from("HELLO"))
    await once(webSocket, "message")
    let received = 0
    session.onReceive = (chunk) => {
      received += chunk.length
      say(session.outbound, new Uint8Array(chunk.length))
    }
    webSocket.pause()
    const asked = 20_000_000
    for (let count = 0; count < 2000; count++) webSocket.send(Buffer.alloc(10_000))
    await vi.waitFor(() => expect(session.outbound.isReadingPaused).toBe(true), 10_000)
    expect(received).toBeLessThan(asked)
    let answered = 0
    const all = new Promise<void>((resolve) => {
      webSocket.on("message", (chunk: Buffer) => {
        answered += chunk.length
        if (answered === asked) resolve()
      })
    })
    webSocket.resume()
    await all
    expect(received).toBe(asked)
  })

  it("does not read on while its session wants nothing", async () => {
    const port = await listen()
    const opening = door.nextSession()
    const webSocket = await opened(dial(port))
    const session = await opening
    session.outbound.pauseReading("alarm")
    for (let count = 0; count < 10; count++) webSocket.send(Buffer.alloc(10_000))
    webSocket.ping()
    await vi.waitFor(() => expect(webSocket.bufferedAmount).toBe(0))
    expect(session.received).toEqual([])
    session.outbound.resumeReading("alarm")
    await vi.waitFor(() => expect(Buffer.concat(session.received)).toHaveLength(100_000))
  })
})

describe("a hostile peer", () => {
  it.each([
    ["a text frame", 1003, [frame(TEXT, Buffer.from("HELLO"))]],
    ["a frame without a mask", 1002, [frame(BINARY, Buffer.from("HELLO"), { masked: false })]],
    ["a reserved opcode", 1002, [frame(3, Buffer.from("HELLO"))]],
    ["a continuation of nothing", 1002, [frame(CONTINUATION, Buffer.from("HELLO"))]],
    ["a ping that is too long", 1002, [frame(PING, Buffer.alloc(126))]],
    ["a ping in fragments", 1002, [frame(PING, Buffer.alloc(1), { fin: false })]],
    ["compression that was not agreed on", 1002, [Buffer.from("c28000000000", "hex")]],
    ["a length beyond 2^53", 1009, [Buffer.from("82ffffffffffffffffff00000000", "hex")]],
    ["a length of a gigabyte", 1009, [Buffer.from("82ff000000004000000000000000", "hex")]],
    [
      "fragments without end",
      1008,
      [
        frame(BINARY, Buffer.alloc(0), { fin: false }),
        ...Array.from({ length: 5000 }, () => frame(CONTINUATION, Buffer.alloc(0), { fin: false })),
      ],
    ],
  ])("that sends %s is told so and ended, and others are not", async (_what, code, frames) => {
    const port = await listen()
    const other = await opened(dial(port))
    const socket = await upgraded(port)
    socket.write(Buffer.concat(frames))
    socket.end()
    expect(closeCode(await readAll(socket))).toBe(code)
    await vi.waitFor(() => expect(broker.lines).toHaveLength(1))
    expect(broker.lines[0]).toMatchObject({ level: "info", event: "connection closed" })
    other.send(Buffer.from("HELLO"))
    expect(String((await once(other, "message"))[0])).toBe("HELLO")
    expect(door.sessions.at(-1)?.received).toEqual([])
  })

  it("that sends ten thousand tiny frames is served", async () => {
    const socket = await upgraded(await listen())
    socket.resume()
    socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame(BINARY, Buffer.of(1)))))
    await vi.waitFor(() => expect(Buffer.concat(door.sessions[0]?.received ?? [])).toHaveLength(10_000))
    expect(broker.lines).toEqual([])
  })

  it("that floods pings without reading the answers is ended", async () => {
    const socket = await upgraded(await listen())
    socket.pause()
    const pings = Buffer.concat(Array.from({ length: 10_000 }, () => frame(PING, Buffer.alloc(125))))
    const flood = (): void => {
      if (!socket.destroyed) socket.write(pings, () => setImmediate(flood))
    }
    flood()
    await vi.waitFor(() => expect(broker.lines).toHaveLength(1), 10_000)
    expect(reasons()).toEqual(["pings without reading the answers"])
  })

  it("may not send much before it is answered", async () => {
    const port = await listen()
    const opening = door.nextSession()
    const socket = await upgraded(port)
    const session = await opening
    session.onReceive = () => {}
    const whole = frame(BINARY, Buffer.alloc(50_000))
    socket.write(Buffer.concat([whole, whole, whole]))
    socket.end()
    expect(closeCode(await readAll(socket))).toBe(1009)
    expect(reasons()).toEqual([expect.stringMatching(/^\d+ bytes before the login is over$/)])
  })

  it("may send much once it is answered, however large a message is", async () => {
    const webSocket = await opened(dial(await listen()))
    webSocket.send(Buffer.from("HELLO"))
    webSocket.send(Buffer.alloc(10_000_000, 1))
    await vi.waitFor(() => expect(Buffer.concat(door.sessions[0]?.received ?? [])).toHaveLength(10_000_005), 5000)
  })

  it("has as long for the upgrade as for any other handshake, however slowly it sends", async () => {
    const port = await listen()
    const [silent, slow] = [await dialPlain(port), await dialPlain(port)]
    slow.write("GET /ws HT")
    expect((await opened(dial(port))).protocol).toBe("mqtt")
    nowMs += 10_000
    await Promise.all([once(silent.resume(), "close"), once(slow.resume(), "close")])
    expect(reasons()).toEqual(["no WebSocket upgrade in time", "no WebSocket upgrade in time"])
  })

  it("that does not leave after it was refused is cut off", async () => {
    const socket = await dialPlain(await listen())
    socket.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    await once(socket, "data")
    await vi.waitFor(() => expect(broker.lines).toHaveLength(1))
    nowMs += 2000
    socket.on("error", () => {})
    await once(socket.resume(), "close")
    expect(broker.lines).toHaveLength(1)
  })

  it("cannot crash it with any bytes behind the upgrade", async () => {
    const port = await listen()
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 400 }), async (bytes) => {
        const socket = await upgraded(port)
        socket.end(bytes)
        await once(socket.resume(), "close")
      }),
      { numRuns: 60, seed: 11 },
    )
    expect(new Set(broker.lines.map(({ level }) => level))).toEqual(new Set(["info"]))
    expect((await opened(dial(port))).protocol).toBe("mqtt")
  })
})
