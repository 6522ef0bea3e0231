import {
  LOOPBACK,
  type ManualTurn,
  manualTurn,
  publishedMessage,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "./api/access.ts"
import { NO_ARGUMENTS } from "./api/arguments.ts"
import type { User } from "./api/broker.ts"
import { type BrokerCore, createBrokerCore } from "./broker-core.ts"

const REMOTE = { address: "192.0.2.1", port: 1, isLoopback: false }
const GUEST: User = { name: "guest", tags: [] }

let turn: ManualTurn
let broker: BrokerCore
let session: SilentSession
let access: Access

beforeEach(async () => {
  turn = manualTurn()
  broker = createBrokerCore({ turn })
  await broker.open()
  session = new SilentSession()
  access = broker.access(broker.connect(session, LOOPBACK, "test"), GUEST, "/")
  access.declareQueue({ name: "q", durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
})

function publishDurable(): number {
  return access.publish(publishedMessage("m", { routingKey: "q", durable: true })).waitFor
}

async function isIdle(): Promise<boolean> {
  let isResolved = false
  void broker.whenIdle().then(() => {
    isResolved = true
  })
  turn.endTurn()
  await Promise.resolve()
  return isResolved
}

describe("waiting for the store", () => {
  it("ends at the end of the turn, once per asking", () => {
    const ticket = publishDurable()
    broker.awaitStored(session)
    broker.awaitStored(session)
    expect(session.watermarks).toEqual([])
    turn.endTurn()
    expect(session.watermarks).toEqual([ticket])
    publishDurable()
    turn.endTurn()
    expect(session.watermarks).toEqual([ticket])
  })

  it("also ends when everything is stored already", () => {
    const ticket = publishDurable()
    turn.endTurn()
    broker.awaitStored(session)
    turn.endTurn()
    expect(session.watermarks).toEqual([ticket])
  })

  it("may be asked for again from within the answer", () => {
    const { stored } = session
    session.stored = (watermark) => {
      if (session.watermarks.length === 0) {
        publishDurable()
        broker.awaitStored(session)
      }
      stored.call(session, watermark)
    }
    publishDurable()
    broker.awaitStored(session)
    turn.endTurn()
    expect(session.watermarks).toEqual([1, 2])
  })

  it("ends with the connection", () => {
    const gone = new SilentSession()
    const connection = broker.connect(gone, LOOPBACK, "test")
    publishDurable()
    broker.awaitStored(gone)
    connection.close()
    connection.close()
    turn.endTurn()
    expect(gone.watermarks).toEqual([])
  })
})

describe("being idle", () => {
  it("is so when nothing was begun", async () => {
    expect(await isIdle()).toBe(true)
  })

  it("waits for deliveries to be settled, not for messages that nobody takes", async () => {
    publishDurable()
    publishDurable()
    expect(await isIdle()).toBe(true)
    const consumer = new RecordingConsumer({ credit: 1 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    const idle = broker.whenIdle()
    let isResolved = false
    void idle.then(() => {
      isResolved = true
    })
    turn.endTurn()
    await Promise.resolve()
    expect(isResolved).toBe(false)
    queue.settle(consumer.entry(0), "accepted")
    turn.endTurn()
    await idle
    expect(isResolved).toBe(true)
  })

  it("waits for what a released message does next", async () => {
    publishDurable()
    const consumer = new RecordingConsumer({ credit: 2 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    queue.settle(consumer.entry(0), "released")
    expect(await isIdle()).toBe(false)
    queue.settle(consumer.entry(1), "accepted")
    expect(await isIdle()).toBe(true)
  })
})

describe("inspecting a queue", () => {
  it("shows the messages in the order of delivery and leaves them there", () => {
    for (const body of ["1", "2", "3"]) access.publish(publishedMessage(body, { routingKey: "q" }))
    const got = access.get("q", false)
    expect(broker.inspect("/", "q")).toHaveLength(2)
    if (got !== undefined) got.holder.settle(got.entry, "released")
    const bodies = broker.inspect("/", "q").map(({ body }) => new TextDecoder().decode(body))
    expect(bodies).toEqual(["1", "2", "3"])
    expect(broker.inspect("/", "q")).toHaveLength(3)
  })

  it("refuses what is not there", () => {
    expect(() => broker.inspect("/", "none")).toThrow("no queue 'none' in vhost '/'")
    expect(() => broker.inspect("none", "q")).toThrow("vhost 'none' not found")
  })
})

describe("logging in", () => {
  function answer(credentials: Parameters<BrokerCore["authenticate"]>[0], peer: typeof LOOPBACK) {
    return new Promise<string | undefined>((resolve) => {
      broker.authenticate(credentials, peer, (user) => resolve(user?.name))
    })
  }

  it("accepts guest and the anonymous user from this machine only", async () => {
    const guest = { username: "guest", password: "guest" }
    expect(await answer(guest, LOOPBACK)).toBe("guest")
    expect(await answer(guest, REMOTE)).toBeUndefined()
    expect(await answer("anonymous", LOOPBACK)).toBe("guest")
    expect(await answer("anonymous", REMOTE)).toBeUndefined()
  })

  it("knows another default user instead", async () => {
    broker = createBrokerCore({ turn, defaultUser: { name: "boss", password: "secret", loopbackOnly: false } })
    expect(await answer({ username: "boss", password: "secret" }, REMOTE)).toBe("boss")
    expect(await answer({ username: "guest", password: "guest" }, LOOPBACK)).toBeUndefined()
    expect(await answer("anonymous", REMOTE)).toBeUndefined()
  })
})

describe("a user whom a certificate names", () => {
  const named = (certificateName: string | undefined, peer: typeof LOOPBACK): string | undefined => {
    let name: string | undefined
    const shown = certificateName === undefined ? peer : { ...peer, certificateName }
    broker.authenticate("certificate", shown, (user) => {
      name = user?.name
    })
    return name
  }

  it("needs no password", () => {
    broker.importDefinitions({ users: [{ name: "plant", password_hash: "", tags: "" }] })
    expect(named("plant", REMOTE)).toBe("plant")
  })

  it("has to be known", () => {
    expect(named("nobody", LOOPBACK)).toBeUndefined()
    expect(named(undefined, LOOPBACK)).toBeUndefined()
  })

  it("is let in only from where their password would be", () => {
    expect([named("guest", LOOPBACK), named("guest", REMOTE)]).toEqual(["guest", undefined])
  })
})

describe("closing", () => {
  it("waits for the store", async () => {
    publishDurable()
    const closed = broker.close()
    await Promise.resolve()
    turn.endTurn()
    await expect(closed).resolves.toBeUndefined()
  })
})
