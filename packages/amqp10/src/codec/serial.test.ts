import { describe, expect, it } from "vitest"
import { serialAdd, serialCompare, serialSteps } from "./serial.ts"

describe("serial numbers", () => {
  it("wrap around after 2^32 - 1", () => {
    expect(serialAdd(0xffff_ffff, 1)).toBe(0)
    expect(serialAdd(0xffff_fffe, 5)).toBe(3)
    expect(serialSteps(0xffff_fffe, 3)).toBe(5)
    expect(serialSteps(3, 0xffff_fffe)).toBe(0xffff_fffb)
  })

  it("are ordered by the shorter way around", () => {
    expect(serialCompare(0xffff_ffff, 0)).toBeLessThan(0)
    expect(serialCompare(0, 0xffff_ffff)).toBeGreaterThan(0)
    expect(serialCompare(7, 7)).toBe(0)
    expect(serialCompare(0, 0x7fff_ffff)).toBeLessThan(0)
  })
})
