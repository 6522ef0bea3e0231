import { describe, expect, it } from "vitest"
import { createAmqp10Door } from "./door.ts"

const door = createAmqp10Door({ converters: { convert: (message) => message } })

function recognised(...bytes: readonly number[]): string {
  return door.recognises(Uint8Array.of(...bytes))
}

const AMQP = [0x41, 0x4d, 0x51, 0x50] as const

describe("createAmqp10Door", () => {
  it("recognises the headers of version 1.0.0 with any protocol id", () => {
    for (const id of [0, 2, 3, 9]) expect(recognised(...AMQP, id, 1, 0, 0)).toBe("yes")
    expect(recognised(...AMQP, 3, 1, 0, 0, 0, 0, 0, 1)).toBe("yes")
  })

  it("leaves AMQP 0.9.1 and everything else alone", () => {
    expect(recognised(...AMQP, 0, 0, 9, 1)).toBe("no")
    expect(recognised(...AMQP, 0, 1, 0, 1)).toBe("no")
    expect(recognised(0x10, 0x2a)).toBe("no")
    expect(recognised(0x41, 0x4d, 0x51, 0x51)).toBe("no")
  })

  it("needs eight octets", () => {
    for (let length = 0; length < 8; length++) {
      expect(recognised(...[...AMQP, 0, 1, 0, 0].slice(0, length))).toBe("need-more")
    }
  })
})
