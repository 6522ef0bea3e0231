import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { fromHex, readBytes, readRecorded } from "./read-input.ts"

let folder = ""

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polymq-explain-"))
})

afterAll(() => rm(folder, { recursive: true }))

async function fileOf(content: string | Uint8Array): Promise<string> {
  const file = join(folder, "input")
  await writeFile(file, content)
  return file
}

describe("hexadecimal", () => {
  it("may have white space and either case", () => {
    expect([...fromHex("00 Ff\n7a")]).toEqual([0x00, 0xff, 0x7a])
    expect([...fromHex("")]).toEqual([])
  })

  it.each(["0", "0g", "0x00", "00-01"])("is not %j", (text) => {
    expect(() => fromHex(text)).toThrow(RangeError)
  })
})

describe("a file", () => {
  it("is taken as it is when it is binary", async () => {
    expect([...(await readBytes(await fileOf(new Uint8Array([0x30, 0x02, 0x00, 0x00]))))]).toEqual([0x30, 2, 0, 0])
  })

  it("is decoded when it is hexadecimal text", async () => {
    expect([...(await readBytes(await fileOf("30 02\n00 00\n")))]).toEqual([0x30, 2, 0, 0])
  })
})

describe("a file of recorded messages", () => {
  const LINES = [
    { id: "other>mqtt5", source: { protocol: "amqp091", hex: "0000", bodyHex: "" } },
    {
      id: "one>mqtt5",
      source: { protocol: "amqp091", hex: "0800 05", bodyHex: "6869" },
      target: { protocol: "mqtt5" },
    },
    { id: "two", source: { protocol: "mqtt5", hex: "3000" } },
  ]
  const text = LINES.map((line) => JSON.stringify(line)).join("\n")

  it("gives the line with the id", async () => {
    expect(await readRecorded(await fileOf(text), "one>mqtt5")).toEqual({
      bytes: Buffer.from("080005", "hex"),
      body: Buffer.from("hi"),
      from: "amqp091",
      to: "mqtt5",
    })
    expect(await readRecorded(await fileOf(text), "two")).toMatchObject({ body: undefined, to: undefined })
  })

  it("says when there is none", async () => {
    await expect(readRecorded(await fileOf(text), "three")).rejects.toThrow("has no line with the id three")
  })
})
