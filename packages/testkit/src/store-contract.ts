import assert from "node:assert/strict"
import type { Store, StoreContents, Ticket } from "@polymq/broker"
import { publishedMessage } from "./published-message.ts"

/** A store under test. */
export interface StoreUnderTest {
  /** New and empty, not yet opened. */
  readonly store: Store
  /** Lets the store do what is due: ends the turn of a store that works by turns. */
  settleDown(): Promise<void> | void
  /** The store of the same contents after `store` was closed. */
  reopen(): Promise<Store> | Store
}

/** One thing that every store promises, and the check of it; it rejects when the promise is broken. */
export interface StorePromise {
  readonly promise: string
  check(under: StoreUnderTest): Promise<void>
}

const FIRST = 1
const SECOND = 2

/** What every store must keep; run each check on a store of its own. */
export const STORE_CONTRACT: readonly StorePromise[] = [
  {
    promise: "numbers operations upwards from 1",
    check: (under) =>
      opened(under, async ({ store }) => {
        const tickets = [
          store.append(publishedMessage("a"), [FIRST]),
          store.settle(FIRST, 0, 0),
          store.put("key", new Uint8Array([1])),
          store.trim(FIRST, 1),
          store.drop(FIRST),
        ].map(Number)
        assert.equal(tickets[0], 1)
        assert.deepEqual(new Set(tickets).size, tickets.length)
        assert.deepEqual(
          tickets,
          tickets.toSorted((left, right) => left - right),
        )
      }),
  },
  {
    promise: "says that operations are durable later, in order, never inside them",
    check: (under) =>
      opened(under, async ({ store, watermarks, settleDown }) => {
        store.append(publishedMessage("a"), [FIRST])
        const last = store.append(publishedMessage("b"), [FIRST])
        assert.deepEqual(watermarks, [])
        await settleDown()
        assert.equal(watermarks.at(-1), last)
        assert.deepEqual(
          watermarks,
          watermarks.toSorted((left, right) => left - right),
        )
      }),
  },
  {
    promise: "resolves flush when everything issued is durable",
    check: (under) =>
      opened(under, async ({ store, watermarks, settleDown }) => {
        const last = store.append(publishedMessage("a"), [FIRST])
        const flushed = store.flush()
        await settleDown()
        await flushed
        assert.equal(watermarks.at(-1), last)
      }),
  },
  {
    promise: "counts offsets densely in every log of an append",
    check: (under) =>
      opened(under, async ({ store, settleDown }) => {
        store.append(publishedMessage("a"), [FIRST])
        store.append(publishedMessage("b"), [FIRST, SECOND])
        store.append(publishedMessage("c"), [SECOND])
        await settleDown()
        assert.deepEqual((await store.read(FIRST, 0, 1000)).map(summary), ["0 a", "1 b"])
        assert.deepEqual((await store.read(SECOND, 0, 1000)).map(summary), ["0 b", "1 c"])
      }),
  },
  {
    promise: "reads from an offset until the bytes are used up, at least one message",
    check: (under) =>
      opened(under, async ({ store, settleDown }) => {
        for (const body of ["a", "bb", "ccc"]) store.append(publishedMessage(body), [FIRST])
        await settleDown()
        assert.deepEqual((await store.read(FIRST, 1, 1)).map(summary), ["1 bb"])
        assert.deepEqual((await store.read(FIRST, 1, 1000)).map(summary), ["1 bb", "2 ccc"])
        assert.deepEqual(await store.read(FIRST, 3, 1000), [])
        assert.deepEqual(await store.read(77, 0, 1000), [])
      }),
  },
  {
    promise: "gives back what is not settled when it is opened again",
    check: (under) =>
      opened(under, async ({ store, reopened }) => {
        for (const body of ["a", "b", "c", "d"]) store.append(publishedMessage(body), [FIRST, SECOND])
        store.settle(FIRST, 1, 2)
        store.settle(FIRST, 1, 1)
        store.drop(SECOND)
        assert.deepEqual(unsettled((await reopened()).contents), { [FIRST]: ["0 a", "3 d"] })
      }),
  },
  {
    promise: "goes on counting tickets and offsets behind what was there",
    check: (under) =>
      opened(under, async ({ store, reopened, settleDown }) => {
        store.append(publishedMessage("a"), [FIRST])
        const earlier = store.append(publishedMessage("b"), [FIRST])
        const later = (await reopened()).store
        assert.ok(later.append(publishedMessage("c"), [FIRST]) > earlier)
        await settleDown()
        assert.deepEqual((await later.read(FIRST, 2, 1000)).map(summary), ["2 c"])
      }),
  },
  {
    promise: "forgets what is before an offset when it is trimmed",
    check: (under) =>
      opened(under, async ({ store, reopened }) => {
        for (const body of ["a", "b", "c"]) store.append(publishedMessage(body), [FIRST])
        store.trim(FIRST, 2)
        assert.deepEqual(unsettled((await reopened()).contents), { [FIRST]: ["2 c"] })
      }),
  },
  {
    promise: "keeps the latest values of keys, and forgets removed ones",
    check: (under) =>
      opened(under, async ({ store, reopened }) => {
        const value = new Uint8Array([1])
        store.put("kept", value)
        value[0] = 9
        store.put("removed", new Uint8Array([2]))
        store.put("removed", undefined)
        store.put("changed", new Uint8Array([3]))
        store.put("changed", new Uint8Array([4]))
        const keys = [...(await reopened()).contents.keys].map(([key, bytes]) => `${key} ${bytes.join()}`)
        assert.deepEqual(keys.toSorted(), ["changed 4", "kept 1"])
      }),
  },
  {
    promise: "refuses to change a key that somebody else has changed",
    check: (under) =>
      opened(under, async ({ store }) => {
        const first = store.put("key", new Uint8Array([1]), 0)
        assert.notEqual(first, "conflict")
        assert.equal(store.put("key", new Uint8Array([2]), 0), "conflict")
        assert.notEqual(store.put("key", new Uint8Array([3]), Number(first)), "conflict")
        assert.equal(store.put("key", undefined, Number(first)), "conflict")
      }),
  },
  {
    promise: "settles thousands of messages in any order",
    check: (under) =>
      opened(under, async ({ store, reopened }) => {
        const count = 5000
        for (let index = 0; index < count; index++) store.append(publishedMessage(`${index}`), [FIRST])
        for (let index = count - 1; index > 0; index -= 2) store.settle(FIRST, index, index)
        store.settle(FIRST, 2, count)
        assert.deepEqual(unsettled((await reopened()).contents), { [FIRST]: ["0 0"] })
      }),
  },
]

interface Opened {
  readonly store: Store
  /** In the order in which the store has told them. */
  readonly watermarks: readonly Ticket[]
  settleDown(): Promise<void> | void
  reopened(): Promise<{ readonly store: Store; readonly contents: StoreContents }>
}

async function opened(under: StoreUnderTest, check: (opened: Opened) => Promise<void>): Promise<void> {
  const watermarks: Ticket[] = []
  let current = under.store
  const close = async () => {
    const closed = current.close()
    await under.settleDown()
    await closed
  }
  await current.open()
  current.onDurable((watermark) => watermarks.push(watermark))
  await check({
    store: current,
    watermarks,
    settleDown: () => under.settleDown(),
    reopened: async () => {
      await close()
      current = await under.reopen()
      return { store: current, contents: await current.open() }
    },
  })
  await close()
}

function summary({ offset, message }: Awaited<ReturnType<Store["read"]>>[number]): string {
  return `${offset} ${new TextDecoder().decode(message.body.subarray(message.bodyStart, message.bodyEnd))}`
}

function unsettled(contents: StoreContents): Record<number, readonly string[]> {
  const logs = [...contents.logs].map(({ log, unsettled: stored }) => [log, [...stored].map(summary)] as const)
  return Object.fromEntries(logs.filter(([, messages]) => messages.length > 0))
}
