import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { arbitraryComposite } from "../testing/arbitrary-composites.ts"
import { decodeComposite, encodeComposite, writeFrame } from "./codec.ts"
import type { AnyDraft } from "./composites.ts"
import { type CompositeName, type FieldLayout, LAYOUTS } from "./layouts.ts"

const NAMES = Object.keys(LAYOUTS) as CompositeName[]

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function encoded(draft: AnyDraft): Uint8Array {
  return encodeComposite(new ByteWriter(), draft)
}

function decoded<Name extends CompositeName>(bytes: Uint8Array, name: Name) {
  return decodeComposite(bytes, 0, bytes.length, [name]).body
}

describe("writeFrame", () => {
  it("writes an open with one field as 18 octets", () => {
    const writer = new ByteWriter()
    writeFrame(writer, 0, 0, { type: "open", containerId: "pq" })
    expect(writer.take()).toEqual(hex("00000012 02 00 0000 005310 c005 01 a1027071"))
  })

  it("writes the channel and the type of a SASL frame", () => {
    const writer = new ByteWriter()
    writeFrame(writer, 1, 0, { type: "saslOutcome", code: 1 })
    expect(writer.take()).toEqual(hex("00000010 02 01 0000 005344 c003 01 5001"))
  })
})

describe("encodeComposite", () => {
  it("leaves absent fields out at the end and writes null before present ones", () => {
    expect(encoded({ type: "detach", handle: 3 })).toEqual(hex("005316 c003 01 5203"))
    const error = { type: "error", condition: "amqp:not-found" } as const
    expect(encoded({ type: "end", error })).toEqual(
      hex("005317 c017 01 00531d c011 01 a30e616d71703a6e6f742d666f756e64"),
    )
    expect(encoded({ type: "disposition", role: true, first: 0, settled: true, state: { type: "accepted" } })).toEqual(
      hex("005315 c009 05 41 43 40 41 00532445"),
    )
  })

  it("writes an empty list for a composite without fields", () => {
    expect(encoded({ type: "released" })).toEqual(hex("00532645"))
  })
})

describe("decodeComposite", () => {
  it("fills in defaults, and undefined or nothing for other absent fields", () => {
    expect(decoded(hex("005310 c004 01 a10161"), "open")).toEqual({
      type: "open",
      containerId: "a",
      hostname: undefined,
      maxFrameSize: 0xffff_ffff,
      channelMax: 0xffff,
      idleTimeOut: undefined,
      outgoingLocales: [],
      incomingLocales: [],
      offeredCapabilities: [],
      desiredCapabilities: [],
      properties: undefined,
    })
  })

  it("reads the attach of a sender with source and target", () => {
    const attach = hex("005312 c017 07 a10173 43 42 5002 5000 00532845 005329 c004 01 a10171")
    const { type, name, handle, role, sndSettleMode, rcvSettleMode, source, target } = decoded(attach, "attach")
    expect({ type, name, handle, role, sndSettleMode, rcvSettleMode }).toEqual({
      type: "attach",
      name: "s",
      handle: 0,
      role: false,
      sndSettleMode: 2,
      rcvSettleMode: 0,
    })
    expect(source).toMatchObject({ type: "source", address: undefined, dynamic: false, expiryPolicy: "session-end" })
    expect(target).toMatchObject({ type: "target", address: "q" })
  })

  it("reads a symbolic descriptor, a wide descriptor and a wide list alike", () => {
    const expected = { type: "accepted" }
    expect(decoded(hex("00 a312 616d71703a61636365707465643a6c697374 45"), "accepted")).toEqual(expected)
    expect(decoded(hex("00 80 0000000000000024 c00100"), "accepted")).toEqual(expected)
    expect(decoded(hex("00 5324 d00000000400000000"), "accepted")).toEqual(expected)
  })

  it("takes one symbol where several may stand", () => {
    expect(decoded(hex("005340 c008 01 a305 504c41494e"), "saslMechanisms").saslServerMechanisms).toEqual(["PLAIN"])
    expect(decoded(hex("005340 c00c 01 e009 02 a3 03504c41 024942"), "saslMechanisms").saslServerMechanisms).toEqual([
      "PLA",
      "IB",
    ])
  })

  it("tells where the payload begins", () => {
    const bytes = hex("005314 c002 01 43 005375a000")
    expect(decodeComposite(bytes, 0, bytes.length, ["transfer"]).end).toBe(7)
  })

  it.each([
    ["a missing mandatory field", "005310 45"],
    ["a mandatory field that is null", "005310 c002 01 40"],
    ["a field of another type", "005310 c003 01 5201"],
    ["more fields than the layout has", "005310 c00e 0b a10161 40404040404040404040"],
    ["another composite", "005311 45"],
    ["an unknown descriptor", "0053ff 45"],
    ["a descriptor of another domain", "00 80 0000000100000010 45"],
    ["no descriptor", "c00100"],
    ["a list that ends too early", "005310 c00a 01 a10161"],
    ["bytes behind the last field of the list", "005310 c005 01 a10161 40"],
    ["a map where a list belongs", "005310 c10100"],
    ["text that is not UTF-8", "005310 c004 01 a101ff"],
    ["nothing", ""],
  ])("refuses %s", (_what, bytes) => {
    expect(() => decoded(hex(bytes), "open")).toThrow(DecodeError)
  })

  it("refuses 100 000 nested descriptors at once", () => {
    const bytes = new Uint8Array(100_000)
    expect(() => decoded(bytes, "open")).toThrow(DecodeError)
    expect(() => decoded(Uint8Array.of(0, 0x53, 0x10, 0xd0, 0, 1, 0x86, 0xa4, 0, 0, 0, 1, ...bytes), "open")).toThrow(
      DecodeError,
    )
  })

  it.each(NAMES)("reads back every %s that was written", (name) => {
    fc.assert(
      fc.property(arbitraryComposite(name), (draft) => {
        const bytes = encoded(draft)
        const { body, end } = decodeComposite(bytes, 0, bytes.length, [name])
        expect(end).toBe(bytes.length)
        expect(body).toEqual(withDefaults(draft))
      }),
      { numRuns: 40, seed: 10 },
    )
  })

  it("raises nothing but DecodeError for mutated composites", () => {
    const mutation = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(
        fc.constantFrom(...NAMES).chain((name) => arbitraryComposite(name)),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        (draft, mutations) => {
          const bytes = encoded(draft)
          for (const [at, byte] of mutations) bytes[at % bytes.length] = byte
          try {
            decodeComposite(bytes, 0, bytes.length, NAMES)
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError)
          }
        },
      ),
      { numRuns: 2000, seed: 10 },
    )
  })
})

/** What decoding makes of a draft: defaults for absent fields, nested composites included. */
function withDefaults(draft: AnyDraft): object {
  const values = draft as unknown as Readonly<Record<string, unknown>>
  const fields = LAYOUTS[draft.type].fields as readonly FieldLayout[]
  const entries = fields.map((field) => {
    const value = values[field.name] ?? (field.multiple ? [] : field.default)
    return [field.name, isDraft(value) ? withDefaults(value) : value] as const
  })
  return { type: draft.type, ...Object.fromEntries(entries) }
}

function isDraft(value: unknown): value is AnyDraft {
  return typeof value === "object" && value !== null && "type" in value && Object.hasOwn(LAYOUTS, String(value.type))
}
