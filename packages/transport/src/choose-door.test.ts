import { describe, expect, it } from "vitest"
import { chooseDoor } from "./choose-door.ts"
import { scriptedDoor } from "./testing/scripted-door.ts"

const amqp = scriptedDoor("amqp", "AMQP\0\0\t\x01")
const mqtt = scriptedDoor("mqtt", "\x10")
const doors = [amqp, mqtt] as const
const choose = (first: string): string => {
  const chosen = chooseDoor(doors, Buffer.from(first, "latin1"))
  return chosen === "need-more" ? chosen : chosen.protocol
}

describe("doors that share a port", () => {
  it("are told apart by the first bytes", () => {
    expect(choose("AMQP\0\0\t\x01")).toBe("amqp")
    expect(choose("\x10\x0c")).toBe("mqtt")
  })

  it("wait for more bytes while one of them may still recognise the connection", () => {
    expect(choose("")).toBe("need-more")
    expect(choose("AMQP\0\0\t")).toBe("need-more")
  })

  it("let the first one answer what nobody recognises", () => {
    expect(choose("GET / HT")).toBe("amqp")
    expect(choose("G")).toBe("amqp")
  })

  it("stop waiting after eight bytes", () => {
    const patient = scriptedDoor("patient", "A".repeat(100))
    expect(chooseDoor([mqtt, patient], Buffer.from("AAAAAAA"))).toBe("need-more")
    expect(chooseDoor([mqtt, patient], Buffer.from("AAAAAAAA"))).toBe(mqtt)
  })
})
