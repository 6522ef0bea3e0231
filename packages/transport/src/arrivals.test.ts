import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Arrivals } from "./arrivals.ts"
import { type RecordedBroker, recordedBroker } from "./testing/scripted-door.ts"

const PEER = { address: "192.0.2.1", port: 7, isLoopback: false }
const STAGE = { name: "riddle", listener: "sphinx", timeoutMs: 1000, maxBytes: 10 }

let nowMs: number
let broker: RecordedBroker
let arrivals: Arrivals
let server: Server
let client: Socket
let socket: Socket

beforeEach(async () => {
  nowMs = 1_000_000
  broker = recordedBroker({}, () => nowMs)
  arrivals = new Arrivals(broker)
  server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const accepted = once(server, "connection") as Promise<[Socket]>
  client = connect((server.address() as { readonly port: number }).port, "127.0.0.1")
  client.on("error", () => {})
  socket = (await accepted)[0]
})

afterEach(() => {
  client.destroy()
  socket.destroy()
  server.close()
})

const reasons = (): readonly unknown[] => broker.lines.map(({ reason }) => reason)

describe("a socket on its way to become a connection", () => {
  it("ends when its time is over", () => {
    arrivals.begin(socket, PEER, STAGE, () => {})
    arrivals.tick(nowMs + 999)
    expect(socket.destroyed).toBe(false)
    arrivals.tick(nowMs + 1000)
    expect([socket.destroyed, reasons()]).toEqual([true, ["no riddle in time"]])
  })

  it("ends when too much has come", async () => {
    arrivals.begin(socket, PEER, STAGE, () => {})
    client.write("0123456789")
    await once(socket, "readable")
    arrivals.tick(nowMs)
    expect(socket.destroyed).toBe(false)
    socket.read()
    client.write("!")
    await once(socket, "readable")
    arrivals.tick(nowMs)
    expect([socket.destroyed, reasons()]).toEqual([true, ["too many bytes for a riddle"]])
  })

  it("is somebody else's once it is done", async () => {
    let overCount = 0
    const arrival = arrivals.begin(socket, PEER, STAGE, () => overCount++)
    arrival.done()
    arrivals.tick(nowMs + 1000)
    arrivals.close("maintenance")
    expect([socket.destroyed, arrival.isUnderWay, overCount]).toEqual([false, false, 1])
    const listeners = [socket.listenerCount("error"), socket.listenerCount("close")]
    expect(listeners).toEqual([0, 0])
    expect(broker.lines).toEqual([])
  })

  it("has one line in the log, the first reason", async () => {
    const arrival = arrivals.begin(socket, PEER, STAGE, () => {})
    arrival.refuse("a wrong answer")
    arrival.fail("another one")
    await once(socket, "close")
    await new Promise((resolve) => setImmediate(resolve))
    expect(reasons()).toEqual(["a wrong answer"])
  })

  it("may read why it is refused for two seconds", () => {
    arrivals.begin(socket, PEER, STAGE, () => {}).refuse("a wrong answer")
    arrivals.tick(nowMs + 1999)
    expect(socket.destroyed).toBe(false)
    arrivals.tick(nowMs + 2000)
    expect(socket.destroyed).toBe(true)
  })
})
