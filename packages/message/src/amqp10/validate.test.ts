import { Buffer } from "node:buffer"
import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { FieldIndex } from "../field-index.ts"
import { createMessage, type MessageDraft } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { amqp10BodyEnd } from "./body.ts"
import { header } from "./header.ts"
import { read, readKey } from "./read.ts"
import { amqp10HeadBytes, renderAmqp10Head } from "./render.ts"
import { scan } from "./scan.ts"
import { validateAmqp10Message } from "./validate.ts"

const HEADER = "005370 c00805 41 5004 5264 42 43"
const DELIVERY_ANNOTATIONS = "005371 c10a02 a304782d6461 a10176"
const ANNOTATIONS = "005372 c10d02 a305782d6b6579 a1036f6e65"
const PROPERTIES = "005373 c00701 a10469642d31"
const APPLICATION_PROPERTIES = "005374 c10702 a1016b a10176"
const DATA = "005375 a004 626f6479"
const SEQUENCE = "005376 c00602 a10161 5401"
const VALUE = "005377 a10568656c6c6f"
const FOOTER = "005378 c10a02 a305782d637263 5207"

function hex(...sections: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(sections.join("").replaceAll(" ", ""), "hex"))
}

function accepted(...sections: readonly string[]): MessageDraft {
  const bytes = hex(...sections)
  const draft = createMessage("amqp10", 0)
  validateAmqp10Message(bytes, 0, bytes.length, draft)
  return draft
}

function parts(message: MessageDraft): readonly string[] {
  const text = (bytes: Uint8Array, start: number, end: number) => Buffer.from(bytes.slice(start, end)).toString("hex")
  return [
    text(message.head, message.headStart, message.headEnd),
    text(message.sections, message.sectionsStart, message.sectionsEnd),
    text(message.body, message.bodyStart, message.bodyEnd),
  ]
}

function packed(...sections: readonly string[]): string {
  return sections.join("").replaceAll(" ", "")
}

describe("validateAmqp10Message", () => {
  it("takes a message of all sections apart", () => {
    const message = accepted(
      HEADER,
      DELIVERY_ANNOTATIONS,
      ANNOTATIONS,
      PROPERTIES,
      APPLICATION_PROPERTIES,
      DATA,
      FOOTER,
    )
    expect(message).toMatchObject({ durable: true, priority: 4, ttlMs: 100, moreKeys: undefined })
    expect(parts(message)).toEqual([
      packed("a305782d6b6579 a1036f6e65"),
      packed(PROPERTIES, APPLICATION_PROPERTIES),
      packed(DATA, FOOTER),
    ])
  })

  it("leaves undefined what the header does not say", () => {
    expect(accepted(DATA)).toMatchObject({ durable: undefined, priority: undefined, ttlMs: undefined })
    expect(accepted("00537045", DATA)).toMatchObject({ durable: undefined, priority: undefined, ttlMs: undefined })
    expect(accepted("005370 c00402 40 5000", DATA)).toMatchObject({ durable: undefined, priority: 0, ttlMs: undefined })
    expect(accepted("005370 c00403 424043", DATA)).toMatchObject({ durable: false, ttlMs: 0 })
  })

  it("reads the wide encodings of header fields", () => {
    const message = accepted("005370 c00903 5601 40 70ffffffff", DATA)
    expect(message).toMatchObject({ durable: true, priority: undefined, ttlMs: 4_294_967_295 })
  })

  it("accepts wide and symbolic descriptors", () => {
    const symbolic = Buffer.from("amqp:data:binary").toString("hex")
    const message = accepted("00800000000000000070 c0020141", `00a310${symbolic} a00161`)
    expect(message.durable).toBe(true)
    expect(parts(message)[2]).toBe(`00a310${symbolic}a00161`)
  })

  it.each([
    ["one data section", [DATA]],
    ["several data sections", [DATA, DATA, DATA]],
    ["one sequence", [SEQUENCE]],
    ["several sequences", [SEQUENCE, "00537645"]],
    ["a value", [VALUE]],
    ["a null value", ["00537740"]],
    ["a footer behind several data sections", [DATA, DATA, FOOTER]],
    ["annotations with a ulong key", ["005372 c10502 534d 5301", DATA]],
    ["an int as key of a delivery annotation", ["005371 c10602 5401 a10176", DATA]],
    ["a string as key of the footer", [DATA, "005378 c10702 a1016b a10176"]],
    ["no body", [PROPERTIES]],
    ["a footer without body", [PROPERTIES, FOOTER]],
    ["nothing", []],
  ])("accepts %s", (_what, sections) => {
    expect(() => accepted(...sections)).not.toThrow()
  })

  it.each([
    ["data and value", [DATA, VALUE], "MALFORMED"],
    ["data and sequence", [DATA, SEQUENCE], "MALFORMED"],
    ["two values", [VALUE, VALUE], "MALFORMED"],
    ["a header behind the properties", [PROPERTIES, HEADER, DATA], "MALFORMED"],
    ["properties behind the application properties", [APPLICATION_PROPERTIES, PROPERTIES, DATA], "MALFORMED"],
    ["two headers", [HEADER, HEADER, DATA], "MALFORMED"],
    ["two footers", [DATA, FOOTER, FOOTER], "MALFORMED"],
    ["data behind the footer", [DATA, FOOTER, DATA], "MALFORMED"],
    ["an unknown section", [DATA, "00537945"], "MALFORMED"],
    ["a value that is no section", [DATA, "5301"], "MALFORMED"],
    ["a cut descriptor", [DATA, "0053"], "MALFORMED"],
    ["data that is a string", ["005375 a10161"], "MALFORMED"],
    ["a sequence that is a map", ["005376 c10100"], "MALFORMED"],
    ["properties that are a map", ["005373 c10100", DATA], "MALFORMED"],
    ["application properties that are a list", ["00537445", DATA], "MALFORMED"],
    ["a header of six fields", ["005370 c00706404040404040", DATA], "MALFORMED"],
    ["fourteen properties", [`005373 c00f0e${"40".repeat(14)}`, DATA], "MALFORMED"],
    ["a durable that is a string", ["005370 c00401a10161", DATA], "MALFORMED"],
    ["a priority that is a uint", ["005370 c00402405205", DATA], "MALFORMED"],
    ["a ttl that is a ulong", ["005370 c0050340405305", DATA], "MALFORMED"],
    ["a delivery count that is a boolean", ["005370 c006054040404041", DATA], "MALFORMED"],
    ["a string as annotation key", ["005372 c10902 a10378 2d61 a10176", DATA], "MALFORMED"],
    ["a symbol as key of an application property", ["005374 c10702 a3016b a10176", DATA], "MALFORMED"],
    ["an odd map", ["005374 c10401 a1016b", DATA], "MALFORMED"],
    ["bytes behind the last entry", ["005374 c10802 a1016b a10176 40", DATA], "MALFORMED"],
    ["an entry beyond its map", ["005374 c10602 a1016b a10276", DATA], "TRUNCATED"],
    ["a body beyond the message", ["005375 a005 626f6479"], "TRUNCATED"],
    ["a body whose size is missing", ["005375 b0"], "TRUNCATED"],
    ["a list of thirty million elements", [PROPERTIES, "005377 d00000000701c9c380404040"], "TRUNCATED"],
    ["an array of 2^32-1 nulls", ["005374 c10e02 a1016b f000000005ffffffff40", DATA], "TRUNCATED"],
    ["100 000 nested descriptors", ["005377", "00".repeat(100_000)], "TOO_DEEP"],
  ])("refuses %s", (_what, sections, code) => {
    expect(() => accepted(...sections)).toThrow(expect.objectContaining({ name: "DecodeError", code }))
  })

  it("takes further routing keys from the annotation x-cc", () => {
    const message = accepted("005372 c11402 a304782d6363 c00b02 a1036f6e65 a10374776f", DATA)
    expect(message.moreKeys).toEqual(["one", "two"])
    expect(accepted("005372 c10802 a304782d6363 45", DATA).moreKeys).toEqual([])
    expect(accepted("005372 c11002 b300000004782d6363 c00401a10161", DATA).moreKeys).toEqual(["a"])
  })

  it.each([
    ["a string", "c10a02 a304782d6363 a10161"],
    ["a list of symbols", "c10d02 a304782d6363 c00401a30161"],
    ["a list of text that is not UTF-8", "c10d02 a304782d6363 c00401a101ff"],
    ["a map", "c10a02 a304782d6363 c10100"],
  ])("refuses an x-cc that is %s, as an error of its own", (_what, map) => {
    expect(() => accepted(`005372 ${map}`, DATA)).toThrow(PropertyError)
  })

  it("meets mutated messages with its errors, or with a message that can be listed, decoded and delivered", () => {
    const seeds = [
      hex(HEADER, DELIVERY_ANNOTATIONS, ANNOTATIONS, PROPERTIES, APPLICATION_PROPERTIES, DATA, DATA, FOOTER),
      hex(HEADER, "005372 c11402 a304782d6363 c00b02 a1036f6e65 a10374776f", VALUE, FOOTER),
      hex(APPLICATION_PROPERTIES, SEQUENCE),
      hex(PROPERTIES, "005374 c11302 a1016b f00000000900000002 60 00010002", "00537700a301610041"),
    ]
    const index = new FieldIndex()
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        (seed, changes) => {
          const bytes = seed.slice()
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          const message = createMessage("amqp10", 0)
          try {
            validateAmqp10Message(bytes, 0, bytes.length, message)
          } catch (error) {
            expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
            return
          }
          scan(message, index)
          for (const slot of index.list()) {
            read(slot)
            if (slot.keyStart >= 0) readKey(slot)
          }
          header(message, "k")
          expect(amqp10BodyEnd(message)).toBeLessThanOrEqual(message.bodyEnd)
          const target = new Uint8Array(amqp10HeadBytes(message, message.ttlMs, 0))
          expect(renderAmqp10Head(message, message.ttlMs, true, 0, target, 0)).toBe(target.length)
        },
      ),
      { numRuns: 5000, seed: 10 },
    )
  })
})
