import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"

/** Rows of the table that a benchmark prints, after a few rounds. */
async function rowsOf(benchmark: string): Promise<readonly string[]> {
  const file = fileURLToPath(new URL(`../bench/${benchmark}.mjs`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [file, "--brief"])
  return stdout.split("\n").filter((line) => /^\|( [^|]+ \|)+$/u.test(line) && /\d/u.test(line))
}

describe("the benchmarks", () => {
  it("measure every direct conversion", async () => {
    expect((await rowsOf("conversion")).map((row) => row.split("|")[1]?.trim())).toEqual([
      "mqtt -> amqp091",
      "mqtt -> amqp10",
      "amqp091 -> mqtt",
      "amqp091 -> amqp10",
      "amqp10 -> mqtt",
      "amqp10 -> amqp091",
    ])
  })

  it("measure every message format", async () => {
    expect((await rowsOf("message-formats")).map((row) => row.split("|")[1]?.trim())).toEqual([
      "mqtt",
      "amqp091",
      "amqp10",
    ])
  })
})
