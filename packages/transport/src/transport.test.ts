import { Buffer } from "node:buffer"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { afterEach, describe, expect, it, vi } from "vitest"
import { ListenError } from "./listen-error.ts"
import { type RecordedBroker, recordedBroker, say, scriptedDoor } from "./testing/scripted-door.ts"
import { Transport } from "./transport.ts"

const transports: Transport[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(transports.splice(0).map((transport) => transport.close("the test is over", 1000)))
})

function open(broker: RecordedBroker = recordedBroker()): Transport {
  const transport = new Transport({ broker })
  transports.push(transport)
  return transport
}

async function dial(port: number, host = "127.0.0.1"): Promise<Socket> {
  const socket = connect({ port, host })
  sockets.push(socket)
  socket.on("error", () => {})
  await once(socket, "connect")
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

describe("the clock of a transport", () => {
  it("ticks once a second, and in between nine times for what must not be late", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] })
    try {
      const heard: string[] = []
      const transport = new Transport({
        broker: recordedBroker(),
        tick: () => heard.push("tick"),
        tickSoon: () => heard.push("soon"),
      })
      transports.push(transport)
      transport.connectInMemory([scriptedDoor("hello", "HELLO")])
      vi.advanceTimersByTime(2000)
      const second = [...Array.from({ length: 9 }, () => "soon"), "tick"]
      expect(heard).toEqual([...second, ...second])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe("listeners", () => {
  it("answer on both loopback addresses with one port", async () => {
    const door = scriptedDoor("hello", "HELLO", (session) => say(session.outbound, "hi"))
    const { host, port } = await open().listen({ name: "hello", port: 0 }, [door])
    expect(host).toBe("127.0.0.1")
    for (const address of ["127.0.0.1", "::1"]) {
      const socket = await dial(port, address)
      expect(String((await once(socket, "data"))[0])).toBe("hi")
    }
    expect(door.sessions.map(({ peer }) => peer.isLoopback)).toEqual([true, true])
  })

  it("tell protocols on one port apart, byte by byte", async () => {
    const [first, second] = [scriptedDoor("first", "FIRST"), scriptedDoor("second", "SECOND")]
    const { port } = await open().listen({ name: "both", port: 0 }, [first, second])
    const opened = second.nextSession()
    const socket = await dial(port)
    socket.setNoDelay(true)
    for (const byte of "SECOND") socket.write(byte)
    await opened
    expect([first.sessions.length, second.sessions.length]).toEqual([0, 1])
  })

  it("name themselves and the port when it is taken", async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve))
    const { port } = other.address() as { readonly port: number }
    const attempt = open().listen({ name: "amqp", port }, [scriptedDoor("amqp", "AMQP")])
    await expect(attempt).rejects.toThrow(`listener amqp: port ${port} on 127.0.0.1 is already in use`)
    await expect(attempt).rejects.toBeInstanceOf(ListenError)
    await expect(attempt).rejects.toMatchObject({ code: "EADDRINUSE", listener: "amqp", port })
    await new Promise((resolve) => other.close(resolve))
  })

  it("name an address that is not this machine's", async () => {
    const attempt = open().listen({ name: "amqp", port: 0, host: "192.0.2.1" }, [scriptedDoor("amqp", "AMQP")])
    await expect(attempt).rejects.toThrow("192.0.2.1 is not an address of this machine")
  })
})

describe("connections over sockets", () => {
  it("carry large and small writes in order to a peer that reads late", async () => {
    const door = scriptedDoor("hello", "HELLO")
    const { port } = await open().listen({ name: "hello", port: 0 }, [door])
    const opened = door.nextSession()
    const socket = await dial(port)
    socket.pause()
    const { outbound } = await opened
    const sent: Buffer[] = []
    for (let part = 0; part < 400; part++) {
      const size = part % 3 === 0 ? 50_000 : part
      const bytes = Buffer.alloc(size, part)
      sent.push(bytes)
      say(outbound, bytes)
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(outbound.pendingBytes).toBeGreaterThan(0)
    outbound.close("all said")
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(Buffer.concat(sent))).toBe(true)
  })

  it("survive the failure of another one's session", async () => {
    const door = scriptedDoor("hello", "HELLO", (session) => {
      session.onReceive = (chunk) => {
        if (chunk[0] === 0x21) throw new Error("a bug")
        say(session.outbound, chunk)
      }
    })
    const broker = recordedBroker()
    const { port } = await open(broker).listen({ name: "hello", port: 0 }, [door])
    const [good, bad] = await Promise.all([dial(port), dial(port)])
    bad.write("!")
    await once(bad, "close")
    good.write("still here")
    expect(String((await once(good, "data"))[0])).toBe("still here")
    expect(broker.lines[0]).toMatchObject({ level: "error", event: "session failed" })
  })

  it("tell the session when the peer resets", async () => {
    const door = scriptedDoor("hello", "HELLO")
    const broker = recordedBroker()
    const transport = open(broker)
    const { port } = await transport.listen({ name: "hello", port: 0 }, [door])
    const opened = door.nextSession()
    const socket = await dial(port)
    const session = await opened
    const lost = new Promise<void>((resolve) => {
      session.lost = resolve
    })
    socket.resetAndDestroy()
    await lost
    expect(broker.lines).toEqual([{ level: "info", event: "connection closed", reason: "the peer reset it" }])
    expect(transport.connectionCount).toBe(0)
  })

  it("go through memory as well", async () => {
    const door = scriptedDoor("hello", "HELLO", (session) => {
      session.onReceive = (chunk) => say(session.outbound, chunk)
    })
    const client = open().connectInMemory([door])
    client.write("echo")
    expect(String((await once(client, "data"))[0])).toBe("echo")
    client.destroy()
  })
})

describe("stopping", () => {
  it("lets sessions say goodbye and leaves nothing behind", async () => {
    const door = scriptedDoor("hello", "HELLO", (session) => {
      session.onShutdown = () => {
        say(session.outbound, "goodbye")
        session.outbound.close("shutdown")
      }
    })
    const transport = open()
    const { port } = await transport.listen({ name: "hello", port: 0 }, [door])
    const opened = door.nextSession()
    const socket = await dial(port)
    const session = await opened
    const [said] = await Promise.all([readAll(socket), transport.close("maintenance", 5000)])
    expect(said).toBe("goodbye")
    expect(session.calls).toEqual(["shutdown maintenance", "lost"])
    expect(transport.connectionCount).toBe(0)
    await expect(dial(port)).rejects.toMatchObject({ code: "ECONNREFUSED" })
  })

  it("does not wait longer than its grace for sessions that do not close", async () => {
    const door = scriptedDoor("hello", "HELLO", (session) => {
      session.onShutdown = () => {}
    })
    const transport = open()
    const { port } = await transport.listen({ name: "hello", port: 0 }, [door])
    const opened = door.nextSession()
    const socket = await dial(port)
    socket.resume()
    const session = await opened
    await Promise.all([once(socket, "close"), transport.close("maintenance", 20)])
    expect(session.calls).toEqual(["shutdown maintenance", "lost"])
  })
})
