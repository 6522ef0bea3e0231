import { Buffer } from "node:buffer"
import { once } from "node:events"
import { connect as connectPlain, type Socket } from "node:net"
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls"
import fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { clientOptions, identity, pem } from "./testing/fixture-certificates.ts"
import { type RecordedBroker, recordedBroker, type ScriptedDoor, say, scriptedDoor } from "./testing/scripted-door.ts"
import type { TlsIdentity } from "./tls-identity.ts"
import { Transport } from "./transport.ts"

/** With a CA, so that clients are asked for a certificate. */
const ASKING = identity("server", { certificateAuthority: pem("ca") })
const INSISTING = { ...ASKING, verifyPeer: true }

const sockets: Socket[] = []
let nowMs: number
let broker: RecordedBroker
let door: ScriptedDoor
let transport: Transport

beforeEach(() => {
  nowMs = 1_000_000
  broker = recordedBroker({}, () => nowMs)
  door = scriptedDoor("hello", "HELLO", (session) => {
    session.onReceive = (chunk) => say(session.outbound, Buffer.from(chunk))
  })
  transport = new Transport({ broker })
})

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await transport.close("the test is over", 1000)
})

async function listen(tls?: TlsIdentity): Promise<number> {
  return (await transport.listen({ name: "hellos", port: 0 }, [door], { tls })).port
}

function kept<Kind extends Socket>(socket: Kind): Kind {
  sockets.push(socket)
  socket.on("error", () => {})
  return socket
}

function dial(port: number, options: ConnectionOptions = clientOptions()): TLSSocket {
  return kept(connect({ host: "127.0.0.1", port, ...options }))
}

function dialPlain(port: number): Socket {
  return kept(connectPlain(port, "127.0.0.1"))
}

/** What the echo of a door answers; undefined when the connection ends before. */
function echo(socket: Socket, word = "hello?"): Promise<string | undefined> {
  const answer = new Promise<string | undefined>((resolve) => {
    socket.once("data", (chunk: Buffer) => resolve(chunk.toString()))
    socket.once("close", () => resolve(undefined))
  })
  socket.write(word)
  return answer
}

function reasons(): readonly unknown[] {
  return broker.lines.map(({ level, event, reason }) =>
    level === "info" && event === "connection closed" ? reason : event,
  )
}

/** The log has one line, and this is why. */
async function endsWith(reason: unknown): Promise<void> {
  await vi.waitFor(() => expect(broker.lines).not.toEqual([]), 3000)
  expect(reasons()).toEqual([reason])
}

describe("a TLS listener", () => {
  it("gives doors what was encrypted, and tells them so", async () => {
    expect(await echo(dial(await listen(identity())))).toBe("hello?")
    expect(door.sessions[0]?.peer).toEqual({
      address: "127.0.0.1",
      port: expect.any(Number),
      isLoopback: true,
      isSecure: true,
    })
  })

  it("speaks TLS 1.2 and 1.3 and nothing older", async () => {
    const port = await listen(identity())
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const socket = dial(port, { ...clientOptions(), minVersion: version, maxVersion: version })
      expect(await echo(socket)).toBe("hello?")
      expect(socket.getProtocol()).toBe(version)
    }
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const
    expect(await echo(dial(port, { ...clientOptions(), ...old }))).toBeUndefined()
    await endsWith("the peer speaks no TLS 1.2 or newer")
  })

  it("does not negotiate again", async () => {
    const socket = dial(await listen(identity()), { ...clientOptions(), maxVersion: "TLSv1.2" })
    await once(socket, "secureConnect")
    const refused = once(socket, "close")
    socket.renegotiate({}, () => {})
    await expect(refused).rejects.toMatchObject({ code: "ERR_SSL_NO_RENEGOTIATION" })
  })

  it("carries much in both directions to a peer that reads late, in order", async () => {
    const socket = dial(await listen(identity()))
    const sent = Buffer.alloc(5_000_000, "0123456789abcdef")
    socket.pause()
    socket.end(sent)
    await once(socket, "finish")
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })

  it("disconnects a peer that reads nothing while bytes are pending", async () => {
    const socket = dial(await listen(identity()))
    socket.pause()
    const { outbound } = await door.nextSession()
    for (let count = 0; count < 400; count++) say(outbound, Buffer.alloc(50_000))
    await vi.waitFor(() => expect(outbound.pendingBytes).toBeGreaterThan(1_000_000))
    nowMs += 15_000
    await endsWith(expect.stringContaining("the peer has read nothing for 15 s"))
  })

  it("ends what speaks no TLS, with one line that says so", async () => {
    expect(await echo(dialPlain(await listen(identity())), "AMQP\0\0\t\x01")).toBeUndefined()
    await endsWith("no TLS on a port with TLS")
  })

  it.each([
    ["a record that is no handshake", Buffer.from("160301000401020304", "hex")],
    ["a record that is too long", Buffer.from("160301ffff", "hex")],
    ["random octets behind a first byte that is right", Buffer.alloc(5000, 0x16)],
  ])("ends %s with one line", async (_what, bytes) => {
    const port = await listen(identity())
    const socket = dialPlain(port)
    socket.write(bytes)
    await once(socket.resume(), "close")
    await vi.waitFor(() => expect(broker.lines).toHaveLength(1))
    expect(reasons()[0]).toMatch(/TLS/)
    expect(await echo(dial(port))).toBe("hello?")
    expect(broker.lines).toHaveLength(1)
  })

  it("cannot be crashed by any bytes, and logs a line for each peer", async () => {
    const port = await listen(identity())
    let count = 0
    const records = fc.tuple(
      fc.constantFrom("16", "1603", "160301", "16030102000100"),
      fc.uint8Array({ maxLength: 600 }),
    )
    await fc.assert(
      fc.asyncProperty(records, async ([first, rest]) => {
        const socket = dialPlain(port)
        socket.end(Buffer.concat([Buffer.from(first, "hex"), rest]))
        await once(socket.resume(), "close")
        count++
      }),
      { numRuns: 60, seed: 5 },
    )
    await vi.waitFor(() => expect(broker.lines).toHaveLength(count))
    expect(new Set(broker.lines.map(({ level }) => level))).toEqual(new Set(["info"]))
    expect(await echo(dial(port))).toBe("hello?")
  })

  it("says that a peer went before or during the handshake", async () => {
    const port = await listen(identity())
    dialPlain(port).end()
    await endsWith("the peer closed it before the TLS handshake")
    broker.lines.length = 0
    const socket = dialPlain(port)
    socket.write(Buffer.from("1603010200010001fc0303", "hex"))
    expect(await echo(dial(port))).toBe("hello?")
    socket.resetAndDestroy()
    await endsWith("the peer closed it during the TLS handshake")
  })

  it("ends handshakes that take too long, those without a byte too", async () => {
    const port = await listen(identity())
    const silent = dialPlain(port)
    const slow = dialPlain(port)
    slow.write(Buffer.from("1603010200", "hex"))
    await Promise.all([once(silent, "connect"), once(slow, "connect")])
    expect(await echo(dial(port))).toBe("hello?")
    nowMs += 5000
    await Promise.all([once(silent.resume(), "close"), once(slow.resume(), "close")])
    expect(reasons()).toEqual(["no TLS handshake in time", "no TLS handshake in time"])
  })

  it("serves others while a fleet leaves its handshakes half open, and ends the oldest of those", async () => {
    const port = await listen(identity())
    const fleet = Array.from({ length: 1100 }, () => dialPlain(port))
    for (const socket of fleet) socket.write(Buffer.from("1603010200010001fc0303", "hex"))
    await vi.waitFor(() => expect(broker.lines.length).toBeGreaterThanOrEqual(76), 10_000)
    expect(await echo(dial(port))).toBe("hello?")
    expect(new Set(reasons())).toEqual(new Set(["too many TLS handshakes at once"]))
    await transport.close("done", 1000)
    expect(broker.lines.length).toBe(1101)
  })

  it("lets go of handshakes under way when it closes", async () => {
    const port = await listen(identity())
    const socket = dialPlain(port)
    socket.write(Buffer.from("1603010200", "hex"))
    await once(socket, "connect")
    expect(await echo(dial(port))).toBe("hello?")
    await Promise.all([once(socket.resume(), "close"), transport.close("maintenance", 1000)])
    expect(reasons()).toContain("maintenance")
  })

  it("shows another certificate to those that come after it was changed, and keeps the connections that there are", async () => {
    const port = await listen(identity())
    const before = dial(port)
    expect(await echo(before)).toBe("hello?")
    transport.useTlsIdentity(identity("next-server"))
    const after = dial(port)
    expect(await echo(after)).toBe("hello?")
    const names = [before, after].map((socket) => socket.getPeerCertificate().subject.O)
    expect(names).toEqual([undefined, "next"])
    expect(await echo(before, "still there?")).toBe("still there?")
  })

  it("keeps its certificate when another cannot be used", async () => {
    const port = await listen(identity())
    expect(() => transport.useTlsIdentity(identity("server", { key: pem("plant-key") }))).toThrow(/key values mismatch/)
    expect(await echo(dial(port))).toBe("hello?")
  })
})

describe("a listener without TLS", () => {
  it("says that a peer wants TLS", async () => {
    expect(await echo(dial(await listen()))).toBeUndefined()
    await endsWith("TLS on a port without TLS")
    expect(door.sessions[0]?.received).toEqual([])
  })
})

describe("client certificates", () => {
  it("are not asked for without an authority", async () => {
    expect(await echo(dial(await listen(identity()), clientOptions("other-plant")))).toBe("hello?")
    expect(door.sessions[0]?.peer.certificateName).toBeUndefined()
  })

  it.each(["TLSv1.2", "TLSv1.3"] as const)("tell the door the common name, with %s", async (version) => {
    const port = await listen(INSISTING)
    const options = { ...clientOptions("plant"), minVersion: version, maxVersion: version }
    expect(await echo(dial(port, options))).toBe("hello?")
    expect(door.sessions[0]?.peer.certificateName).toBe("plant")
  })

  it.each(["two-names", "nameless"])("tell no name when they have not exactly one: %s", async (name) => {
    expect(await echo(dial(await listen(INSISTING), clientOptions(name)))).toBe("hello?")
    expect(door.sessions[0]?.peer).not.toHaveProperty("certificateName")
  })

  it("may be left out, unless they are insisted on", async () => {
    expect(await echo(dial(await listen(ASKING)))).toBe("hello?")
    expect(door.sessions[0]?.peer).not.toHaveProperty("certificateName")
    expect(await echo(dial(await listen(INSISTING)))).toBeUndefined()
    await endsWith("the client has shown no certificate, and tls.verifyPeer wants one")
  })

  it.each([
    ["expired-plant", "the client's certificate has expired"],
    ["other-plant", "the client's certificate is not of tls.certificateAuthority (UNABLE_TO_VERIFY_LEAF_SIGNATURE)"],
    ["server", "the client's certificate is not meant for clients"],
  ])("that cannot be verified are refused, insisted on or not: %s", async (name, reason) => {
    for (const tls of [ASKING, INSISTING]) {
      broker.lines.length = 0
      expect(await echo(dial(await listen(tls), clientOptions(name)))).toBeUndefined()
      await endsWith(reason)
    }
    expect(door.sessions).toEqual([])
  })

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "count in a resumed session as they did before, with %s",
    async (version) => {
      const port = await listen(ASKING)
      const names: (string | undefined)[] = []
      for (const name of ["plant", undefined]) {
        const options = { ...clientOptions(name), minVersion: version, maxVersion: version }
        const first = dial(port, options)
        const session = new Promise<Buffer>((resolve) => first.on("session", resolve))
        expect(await echo(first)).toBe("hello?")
        const again = dial(port, { ...options, session: await session })
        expect(await echo(again)).toBe("hello?")
        expect(again.isSessionReused()).toBe(true)
        names.push(door.sessions.at(-1)?.peer.certificateName)
      }
      expect(names).toEqual(["plant", undefined])
    },
  )

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "do not count any more once their authority was changed, in resumed sessions neither, with %s",
    async (version) => {
      const port = await listen(INSISTING)
      const options = { ...clientOptions("plant"), minVersion: version, maxVersion: version }
      const first = dial(port, options)
      const session = new Promise<Buffer>((resolve) => first.on("session", resolve))
      expect(await echo(first)).toBe("hello?")
      transport.useTlsIdentity({ ...INSISTING, certificateAuthority: pem("other-ca") })
      expect(await echo(dial(port, { ...options, session: await session }))).toBeUndefined()
      await endsWith(expect.stringContaining("the client's certificate is not of tls.certificateAuthority"))
    },
  )
})
