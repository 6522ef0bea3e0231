import { Buffer } from "node:buffer"
import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DESCRIPTORS, UNKNOWN_DESCRIPTOR } from "./descriptors.ts"
import { Amqp10Reader } from "./reader.ts"
import {
  beginList,
  beginMap,
  endList,
  endMap,
  writeBinary,
  writeBoolean,
  writeDescriptor,
  writeInt,
  writeLong,
  writeNull,
  writeString,
  writeSymbol,
  writeSymbols,
  writeTimestamp,
  writeUbyte,
  writeUint,
  writeUlong,
  writeUshort,
} from "./writer.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function built(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(4)
  write(writer)
  return Buffer.from(writer.take()).toString("hex")
}

function opened(text: string): Amqp10Reader {
  const reader = new Amqp10Reader()
  reader.openList(hex(text), 0, hex(text).length)
  return reader
}

describe("Amqp10Reader", () => {
  it("reads a begin performative and the fields that it leaves out", () => {
    const bytes = hex("005311 c00e07 40 5201 7000000800 5264 40 43 41")
    const reader = new Amqp10Reader()
    expect(reader.openComposite(bytes, 0, bytes.length)).toBe(DESCRIPTORS["amqp:begin:list"])
    expect(reader.fieldsLeft).toBe(7)
    expect(reader.ushort()).toBeUndefined()
    expect([reader.uint(), reader.uint(), reader.uint(), reader.uint(), reader.uint()]).toEqual([
      1,
      2048,
      100,
      undefined,
      0,
    ])
    expect(reader.boolean()).toBe(true)
    expect(reader.string()).toBeUndefined()
    expect(reader.listEnd).toBe(bytes.length)
    expect(() => reader.finish()).not.toThrow()
  })

  it("reads every kind of field", () => {
    const reader = opened(
      "c02f0f 42 5601 50ff 6000ff 5305 80ffffffffffffffff a1026869 a302782d a0020102 45 e00602a301610162 a30163 40 44 40",
    )
    expect(reader.boolean()).toBe(false)
    expect(reader.boolean()).toBe(true)
    expect(reader.ubyte()).toBe(255)
    expect(reader.ushort()).toBe(255)
    expect(reader.ulong()).toBe(5n)
    expect(reader.ulong()).toBe(2n ** 64n - 1n)
    expect(reader.string()).toBe("hi")
    expect(reader.symbol()).toBe("x-")
    expect(reader.binary()).toBe(true)
    expect(reader.bytes.slice(reader.start, reader.end)).toEqual(hex("0102"))
    expect(reader.value()).toEqual({ type: "list", value: [] })
    expect(reader.symbols()).toEqual(["a", "b"])
    expect(reader.symbols()).toEqual(["c"])
    expect(reader.symbols()).toEqual([])
    expect(reader.ulong()).toBe(0n)
    expect(reader.range()).toBe(false)
    expect(reader.fieldsLeft).toBe(0)
  })

  it("hands out the range of a composite for another reader", () => {
    const reader = opened("c00b01 005324 c00501 a1026869")
    expect(reader.range()).toBe(true)
    const inner = new Amqp10Reader()
    expect(inner.openComposite(reader.bytes, reader.start, reader.end)).toBe(DESCRIPTORS["amqp:accepted:list"])
    expect(inner.string()).toBe("hi")
  })

  it("knows symbolic and wide descriptors, and which it does not know", () => {
    const reader = new Amqp10Reader()
    const open = (text: string): number => reader.openComposite(hex(text), 0, hex(text).length)
    expect(open("00a312616d71703a61636365707465643a6c697374 45")).toBe(0x24)
    expect(open("00b300000012616d71703a61636365707465643a6c697374 45")).toBe(0x24)
    expect(open("00800000000000000024 45")).toBe(0x24)
    expect(open("0080 0000468c00000004 45")).toBe(UNKNOWN_DESCRIPTOR)
    expect(open("00a301 61 45")).toBe(UNKNOWN_DESCRIPTOR)
    expect(open("0044 45")).toBe(UNKNOWN_DESCRIPTOR)
  })

  it.each([
    ["a uint where a string is asked for", "c0020143", (reader: Amqp10Reader) => reader.string(), "MALFORMED"],
    ["a string where a uint is asked for", "c00401a10161", (reader: Amqp10Reader) => reader.uint(), "MALFORMED"],
    ["a ulong where a binary is asked for", "c0020144", (reader: Amqp10Reader) => reader.binary(), "MALFORMED"],
    ["a string where symbols are asked for", "c00401a10161", (reader: Amqp10Reader) => reader.symbols(), "MALFORMED"],
    ["a field beyond the list", "c0030152", (reader: Amqp10Reader) => reader.uint(), "TRUNCATED"],
    ["text that is not UTF-8", "c00401a101ff", (reader: Amqp10Reader) => reader.string(), "INVALID_UTF8"],
    ["bytes behind the last field", "c00301404040", (reader: Amqp10Reader) => reader.finish(), "MALFORMED"],
    ["more fields than bytes", "c00204 40", (reader: Amqp10Reader) => reader.finish(), "TRUNCATED"],
  ] as const)("refuses %s", (_what, text, act, code) => {
    expect(() => act(opened(text))).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ["nothing", ""],
    ["no described value", "c00100"],
    ["a described value that is no list", "005310c10100"],
    ["a descriptor that is a string", "00a1016145"],
    ["a map for a list", "005310"],
  ])("does not open %s", (_what, text) => {
    const reader = new Amqp10Reader()
    expect(() => reader.openComposite(hex(text), 0, hex(text).length)).toThrow(DecodeError)
  })

  it("meets mutated lists with a decode error or values, never with anything else", () => {
    const seed = hex("005314 c01a08 43 5201 a00401020304 43 42 5601 a1026869 c10602a301615005")
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), (changes) => {
        const bytes = seed.slice()
        for (const [place, byte] of changes) bytes[place % bytes.length] = byte
        try {
          const reader = new Amqp10Reader()
          reader.openComposite(bytes, 0, bytes.length)
          reader.uint()
          reader.uint()
          reader.binary()
          while (reader.fieldsLeft > 0) reader.value()
          reader.finish()
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
        }
      }),
      { numRuns: 2000, seed: 10 },
    )
  })
})

describe("writing performatives", () => {
  it("writes a begin performative with patched sizes", () => {
    const bytes = built((writer) => {
      writeDescriptor(writer, DESCRIPTORS["amqp:begin:list"])
      const list = beginList(writer)
      writeNull(writer)
      writeUint(writer, 1)
      writeUint(writer, 2048)
      writeUint(writer, 0)
      endList(writer, list, 4)
    })
    expect(bytes).toBe("005311c00a04405201700000080043")
  })

  it("writes every kind of field in its smallest encoding", () => {
    expect(built((writer) => writeBoolean(writer, true))).toBe("41")
    expect(built((writer) => writeBoolean(writer, false))).toBe("42")
    expect(built((writer) => writeUbyte(writer, 7))).toBe("5007")
    expect(built((writer) => writeUshort(writer, 258))).toBe("600102")
    expect(built((writer) => writeUint(writer, 0xffff_ffff))).toBe("70ffffffff")
    expect(built((writer) => writeUlong(writer, 0))).toBe("44")
    expect(built((writer) => writeUlong(writer, 255n))).toBe("53ff")
    expect(built((writer) => writeUlong(writer, 2n ** 64n - 1n))).toBe("80ffffffffffffffff")
    expect(built((writer) => writeInt(writer, -128))).toBe("5480")
    expect(built((writer) => writeInt(writer, -129))).toBe("71ffffff7f")
    expect(built((writer) => writeLong(writer, -1))).toBe("55ff")
    expect(built((writer) => writeLong(writer, -(2n ** 63n)))).toBe("818000000000000000")
    expect(built((writer) => writeTimestamp(writer, 1_234_567_890_999))).toBe("830000011f71fb0837")
    expect(built((writer) => writeTimestamp(writer, -1))).toBe("83ffffffffffffffff")
    expect(built((writer) => writeString(writer, "ü"))).toBe("a102c3bc")
    expect(built((writer) => writeSymbol(writer, "x"))).toBe("a30178")
    expect(built((writer) => writeBinary(writer, hex("010203"), 1, 2))).toBe("a00102")
    expect(built((writer) => writeSymbols(writer, ["a", "bc"]))).toBe("e00702a30161026263")
  })

  it("nests lists and maps of both sizes", () => {
    const text = built((writer) => {
      const outer = beginList(writer)
      const map = beginMap(writer)
      writeSymbol(writer, "k")
      writeString(writer, "v".repeat(300))
      endMap(writer, map, 1)
      const empty = beginList(writer)
      endList(writer, empty, 0)
      endList(writer, outer, 2)
    })
    expect(text.startsWith("d00000014200000002d10000013800000002a3016bb10000012c76")).toBe(true)
    expect(text.slice(-4)).toBe("7645")
  })
})
