import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { generateConversionPages } from "./pages.ts"
import { ROUTES } from "./routes.ts"

const DOCS = fileURLToPath(new URL("../../../docs/", import.meta.url))

describe("the pages", () => {
  const pages = generateConversionPages()

  it("are one per table, and an index that links to each", () => {
    expect([...pages.keys()]).toEqual([
      "README.md",
      "amqp10-amqp091.md",
      "amqp091-amqp10.md",
      "mqtt-amqp10.md",
      "mqtt-amqp091.md",
      "amqp10-mqtt.md",
      "amqp091-mqtt.md",
      "amqp091-amqp091.md",
    ])
    expect(pages.get("README.md")).toContain("[MQTT 5.0 -> AMQP 0.9.1](mqtt-amqp091.md)")
  })

  it("print each row as the specification does, with its outcome and id", () => {
    expect(pages.get("amqp091-mqtt.md")?.split("\n")).toContain(
      "|  | basic properties | delivery_mode | octet | | Fixed Header | QoS | Bits | delivery-mode 2 maps to QoS 1 delivery-mode 1 maps to QoS 0 | converted | `amqp091-mqtt/delivery-mode` |".replace(
        "| | Fixed",
        "|  | Fixed",
      ),
    )
  })

  it("name every row and type row", () => {
    for (const { table } of ROUTES) {
      const page = pages.get(`${table.name}.md`) ?? ""
      const missing = [...table.rows, ...table.types].filter((row) => !page.includes(`| \`${row.id}\` |`))
      expect(missing).toEqual([])
    }
  })

  it("fill every line of a grid", () => {
    for (const page of pages.values()) {
      const grids = page.split("\n\n").filter((block) => block.startsWith("| "))
      for (const grid of grids) {
        const widths = new Set(
          grid
            .trim()
            .split("\n")
            .map((line) => line.split(" |").length),
        )
        expect(widths.size).toBe(1)
      }
    }
  })

  it("refer to decisions that exist", () => {
    const decisions = ROUTES.flatMap(({ table }) => [...table.rows, ...table.types])
      .map((row) => row.spec)
      .filter((spec) => spec.startsWith("decisions/"))
    const missing = [...new Set(decisions)].filter((spec) => !existsSync(`${DOCS}${spec}.md`))
    expect(missing).toEqual([])
  })
})
