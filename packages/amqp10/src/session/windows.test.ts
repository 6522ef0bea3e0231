import { describe, expect, it } from "vitest"
import { ABSENT, createFlowFields, type FlowFields } from "../codec/hot-fields.ts"
import { Windows } from "./windows.ts"

function flowWith(fields: Partial<FlowFields>): FlowFields {
  return { ...createFlowFields(), ...fields }
}

describe("Windows", () => {
  it("allows as many transfers as were announced, across the wrap-around of their ids", () => {
    const windows = new Windows(3, { nextOutgoingId: 0xffff_fffe, incomingWindow: 1 })
    expect([windows.received(), windows.received(), windows.received(), windows.received()]).toEqual([
      true,
      true,
      true,
      false,
    ])
    expect(windows.nextIncomingId).toBe(1)
    windows.reopen()
    expect(windows.received()).toBe(true)
  })

  it("asks to be reopened when half of it is used", () => {
    const windows = new Windows(4, { nextOutgoingId: 0, incomingWindow: 1 })
    windows.received()
    expect(windows.isHalfUsed).toBe(false)
    windows.received()
    expect(windows.isHalfUsed).toBe(true)
  })

  it("takes off the peer's window what is still on its way", () => {
    const windows = new Windows(4, { nextOutgoingId: 0, incomingWindow: 10 })
    for (let sent = 0; sent < 4; sent++) windows.sent()
    expect(windows.remoteIncoming).toBe(6)
    windows.update(flowWith({ nextIncomingId: 1, incomingWindow: 10 }))
    expect(windows.remoteIncoming).toBe(7)
    windows.update(flowWith({ nextIncomingId: 4, incomingWindow: 2 }))
    expect(windows.remoteIncoming).toBe(2)
    windows.update(flowWith({ nextIncomingId: 1, incomingWindow: 2 }))
    expect(windows.remoteIncoming).toBe(0)
  })

  it("refuses a peer that expects a transfer after one that it cannot have had", () => {
    const windows = new Windows(10, { nextOutgoingId: 0, incomingWindow: 10 })
    windows.sent()
    expect(() => windows.update({ ...createFlowFields(), nextIncomingId: 2, incomingWindow: 5 })).toThrow(
      "next-incoming-id 2",
    )
    windows.nextOutgoingId = 0
    windows.update({ ...createFlowFields(), nextIncomingId: 0xffff_ffff, incomingWindow: 5 })
    expect(windows.remoteIncoming).toBe(4)
  })

  it("counts from our first id when the peer has seen none", () => {
    const windows = new Windows(4, { nextOutgoingId: 0, incomingWindow: 0 })
    windows.update(flowWith({ nextIncomingId: ABSENT, incomingWindow: 5 }))
    expect(windows.remoteIncoming).toBe(5)
  })
})
