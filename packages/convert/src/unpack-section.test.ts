import { amqp10Format, amqp091Format, Slot } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { CONTEXT, octets } from "./testing/slot.ts"
import {
  applicationPropertiesSection,
  messageAnnotationsSection,
  propertiesSection,
  type Section,
} from "./unpack-section.ts"

function slotWith(bytes: Uint8Array, type = "binary"): Slot {
  const slot = new Slot()
  slot.type = amqp091Format.types.findIndex(({ name }) => name === type)
  slot.setValue(Uint8Array.of(0xee, ...bytes, 0xee), 1, 1 + bytes.length)
  return slot
}

function isSection({ isSection: condition }: Section, bytes: Uint8Array, type?: string): boolean {
  return condition.test(slotWith(bytes, type), CONTEXT)
}

function fieldsIn({ list }: Section, bytes: Uint8Array): readonly (string | undefined)[] {
  return list(slotWith(bytes), CONTEXT).map(({ field }) => amqp10Format.fields[field]?.name)
}

const PROPERTIES = octets("00 53 73 c0 06 01 a1 03 6c 65 67")
const APPLICATION = octets("00 53 74 c1 09 04 a1 01 6b 41 a1 01 6c 42")
const ANNOTATIONS = octets("00 53 72 c1 08 04 a3 01 6b 41 53 01 42")

describe("a section in a header", () => {
  it.each([
    ["properties", propertiesSection, PROPERTIES],
    ["application properties", applicationPropertiesSection, octets("00 53 74 c1 05 02 a1 01 6b 41")],
    ["message annotations", messageAnnotationsSection, ANNOTATIONS],
  ] as const)("is told by its descriptor: %s", (_name, section, bytes) => {
    for (const other of [propertiesSection, applicationPropertiesSection, messageAnnotationsSection]) {
      expect(isSection(other, bytes)).toBe(other === section)
    }
  })

  it("may be a longstr or binary, with a wide descriptor", () => {
    const wide = octets("00 80 00 00 00 00 00 00 00 73 c0 06 01 a1 03 6c 65 67")
    expect([isSection(propertiesSection, wide), isSection(propertiesSection, wide, "longstr")]).toEqual([true, true])
    expect(isSection(propertiesSection, wide, "table")).toBe(false)
  })

  it.each(["", "00", "00 53 73", "00 53 73 45 45", "00 53 74 45", "00 53 73 a1 01 61", "00 53 75 a0 00", "45"])(
    "is nothing else: %s",
    (hex) => {
      expect(isSection(propertiesSection, octets(hex))).toBe(false)
    },
  )

  it("gives its fields", () => {
    expect(fieldsIn(propertiesSection, PROPERTIES)).toEqual(["properties.message-id"])
    expect(fieldsIn(propertiesSection, octets("00 53 73 45"))).toEqual([])
  })

  it("gives annotations under symbols only", () => {
    expect(fieldsIn(messageAnnotationsSection, ANNOTATIONS)).toEqual(["message-annotations.*"])
  })

  it("is judged without raising, whatever the bytes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(PROPERTIES, APPLICATION, ANNOTATIONS),
        fc.nat(),
        fc.nat({ max: 255 }),
        (bytes, at, octet) => {
          const changed = Uint8Array.from(bytes)
          changed[at % bytes.length] = octet
          expect(isSection(propertiesSection, changed)).toBeTypeOf("boolean")
        },
      ),
      { numRuns: 300, seed: 3 },
    )
  })
})
