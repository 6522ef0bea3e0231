import { manualTurn, STORE_CONTRACT } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { MemoryStore } from "./memory-store.ts"

describe("the memory store", () => {
  it.each(STORE_CONTRACT)("$promise", async ({ check }) => {
    const turn = manualTurn()
    const store = new MemoryStore(turn)
    const kept = check({ store, settleDown: () => turn.endTurn(), reopen: () => store })
    await expect(kept).resolves.toBeUndefined()
  })
})
