import { amqp091Format, type Format, type Message, mqttFormat } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile } from "./compile.ts"
import type { Condition, Row, Table } from "./table.ts"
import { amqp091ToMqtt } from "./tables/amqp091-to-mqtt.ts"
import { mqttToAmqp091 } from "./tables/mqtt-to-amqp091.ts"
import { type Amqp091Content, amqp091Publish, field, longstr } from "./testing/amqp091-content.ts"
import { ECHO } from "./testing/echo-table.ts"
import { MQTT_MESSAGES } from "./testing/messages.ts"
import { mqttPublish } from "./testing/mqtt-publish.ts"
import { fieldsOf } from "./testing/row-case.ts"

const NAMES = { mqttExchange: "amq.topic" }

function compiled(table: Table, source: Format = mqttFormat, target: Format = amqp091Format) {
  return compile(table, source, target, "documented", NAMES)
}

/** The MQTT to AMQP 0.9.1 table with one row changed. */
function changed(id: string, change: Partial<Row>): Table {
  return { ...mqttToAmqp091, rows: mqttToAmqp091.rows.map((row) => (row.id === id ? { ...row, ...change } : row)) }
}

describe("a table is refused", () => {
  it.each<[fault: string, table: Table, message: RegExp]>([
    [
      "when a field and type reach no unconditional row",
      { ...mqttToAmqp091, rows: mqttToAmqp091.rows.filter((row) => row.id !== "mqtt-amqp091/content-type/too-large") },
      /properties\.content-type of type utf8 reaches no unconditional row/,
    ],
    ["when ids repeat", changed("mqtt-amqp091/retain", { id: "mqtt-amqp091/dup" }), /two rows have this id/],
    ["for an unknown source field", changed("mqtt-amqp091/payload", { from: "body" }), /mqtt has no field body/],
    ["for an unknown source type", changed("mqtt-amqp091/payload", { type: "text" }), /mqtt has no type text/],
    ["for an unknown target field", changed("mqtt-amqp091/payload", { to: ["body"] }), /amqp091 has no field body/],
    ["for an unknown target type", changed("mqtt-amqp091/payload", { as: "text" }), /amqp091 has no type text/],
    ["for a type without target", changed("mqtt-amqp091/dup", { as: "octet" }), /as without to/],
    [
      "for a key condition on a field without keys",
      changed("mqtt-amqp091/payload", { key: { name: "k", text: "k", test: () => true } }),
      /payload has no keys/,
    ],
    [
      "for an entry without key",
      changed("mqtt-amqp091/response-topic", { to: ["properties.headers.*"] }),
      /an entry of properties\.headers\.\* needs a key/,
    ],
    [
      "for a key in a field that is no map",
      changed("mqtt-amqp091/response-topic", { to: [{ field: "properties.type", key: "k" }] }),
      /properties\.type has no keys/,
    ],
    ["when labels do not fill the columns", changed("mqtt-amqp091/dup", { labels: ["Dup"] }), /1 labels for 8 columns/],
    [
      "for a copy between unequal encodings",
      changed("mqtt-amqp091/retain", { to: ["properties.type"], as: "shortstr" }),
      /bits cannot be copied as shortstr/,
    ],
    [
      "when a row can never be reached",
      {
        ...amqp091ToMqtt,
        rows: amqp091ToMqtt.rows.map((row) =>
          row.id === "amqp091-mqtt/headers/longstr" ? { ...row, key: undefined, when: undefined } : row,
        ) as Row[],
      },
      /amqp091-mqtt\/headers\/not-utf8: never reached/,
    ],
    [
      "when rows meet and nothing orders them",
      { ...mqttToAmqp091, precedence: [] },
      /response-topic meets mqtt-amqp091\/user-property in properties\.headers\.\*/,
    ],
    ["when the precedence names no row", { ...mqttToAmqp091, precedence: [["x"]] }, /precedence names x/],
    ["when the type of keys is missing", { ...mqttToAmqp091, keyTypes: {} }, /keyTypes lacks properties\.headers\.\*/],
    ["when a sorted map is none", { ...mqttToAmqp091, sorted: ["payload"] }, /amqp091 has no map payload/],
  ])("%s", (_fault, table, message) => {
    const [source, target] = table.from === "mqtt" ? [mqttFormat, amqp091Format] : [amqp091Format, mqttFormat]
    expect(() => compiled(table, source, target)).toThrow(message)
  })

  it("when a type that a row leaves to the type rows reaches none of them", () => {
    const types = ECHO.types.filter((row) => row.id !== "echo/type/other")
    expect(() => compiled({ ...ECHO, types }, amqp091Format)).toThrow(/byte reaches no unconditional type row/)
  })
})

describe("a compiled table", () => {
  const broken: Condition = {
    name: "broken",
    text: "broken",
    test: () => {
      throw new Error("broken")
    },
  }

  it("loses the field whose condition fails, nothing else", () => {
    const converter = compiled(changed("mqtt-amqp091/content-type", { when: broken }))
    const { message } = mqttPublish({ contentType: "a", correlationData: "c" })
    expect(fieldsOf(converter.convert(message)).map(([name]) => name)).toEqual([
      "properties.delivery_mode",
      "properties.correlation_id",
      "payload",
    ])
    expect(converter.losses()).toEqual([{ row: "mqtt-amqp091/content-type", count: 1 }])
  })

  it("loses the field that the target refuses, nothing else", () => {
    const converter = compiled({
      ...changed("mqtt-amqp091/content-type", { when: { name: "any", text: "any", test: () => true } }),
    })
    const { message } = mqttPublish({ contentType: "t".repeat(256), correlationData: "c" })
    expect(fieldsOf(converter.convert(message)).map(([name]) => name)).toEqual([
      "properties.delivery_mode",
      "properties.correlation_id",
      "payload",
    ])
    expect(converter.losses()).toEqual([{ row: "mqtt-amqp091/content-type", count: 1 }])
  })

  it("counts losses by row", () => {
    const converter = compiled(mqttToAmqp091)
    const { message } = mqttPublish({ payloadFormatIndicator: 1, contentType: "t".repeat(256), topicAlias: 3 })
    converter.convert(message)
    converter.convert(message)
    expect(converter.losses()).toEqual([
      { row: "mqtt-amqp091/payload-format-indicator", count: 2 },
      { row: "mqtt-amqp091/content-type/too-large", count: 2 },
    ])
  })

  it("shares the payload", () => {
    const { message } = mqttPublish({ payload: "body" })
    const { body, bodyStart, bodyEnd } = compiled(mqttToAmqp091).convert(message)
    expect(body).toBe(message.body)
    expect([bodyStart, bodyEnd]).toEqual([message.bodyStart, message.bodyEnd])
  })

  it("sets literals beside the value, and does not count them where they lose", () => {
    const set = { "properties.type": "amqp-1.0", "properties.priority": 5 }
    const { message } = mqttPublish({ contentType: "mine" })
    expect(fieldsOf(compiled(changed("mqtt-amqp091/payload", { set })).convert(message))).toContainEqual([
      "properties.type",
      { type: "shortstr", value: "amqp-1.0" },
    ])
    const rivals = changed("mqtt-amqp091/payload", { set: { "properties.content_type": "fixed" } })
    const order = ["mqtt-amqp091/content-type", "mqtt-amqp091/payload"]
    const converter = compiled({ ...rivals, precedence: [...rivals.precedence, order] })
    expect(fieldsOf(converter.convert(message))).toContainEqual([
      "properties.content_type",
      { type: "shortstr", value: "mine" },
    ])
    expect(converter.losses()).toEqual([])
    const reverse = compiled({ ...rivals, precedence: [...rivals.precedence, [...order].reverse()] })
    expect(fieldsOf(reverse.convert(message))).toContainEqual([
      "properties.content_type",
      { type: "shortstr", value: "fixed" },
    ])
    expect(reverse.losses()).toEqual([{ row: "mqtt-amqp091/content-type", count: 1 }])
  })

  it("sorts what is sorted by octets", () => {
    const converter = compiled(mqttToAmqp091)
    fc.assert(
      fc.property(MQTT_MESSAGES, ({ message }) => {
        const keys = headerKeys(converter.convert(message))
        expect(keys).toEqual([...new Set(keys)].sort((left, right) => Buffer.from(left).compare(Buffer.from(right))))
      }),
      { numRuns: 200, seed: 5 },
    )
  })

  it.each([6, 16, 17, 500])("keeps the first of equal keys among %i entries, in source order", (entries) => {
    const keys = Array.from({ length: entries }, (_, place) => `k${(place * 7) % 5}`)
    const headers = keys.map((key, place) => [key, longstr(String(place))] as const)
    const converter = compiled(ECHO, amqp091Format)
    const kept = headerFields(converter.convert(amqp091Publish({ headers }).message)).map(([name, { value }]) => [
      name,
      value,
    ])
    const expected = [...new Set(keys)].map((key) => [`properties.headers[${key}]`, String(keys.indexOf(key))])
    expect(kept).toEqual(expected)
    expect(converter.losses()).toContainEqual({ row: "echo/properties.headers.*", count: entries - expected.length })
  })

  it("takes time linear in the entries", () => {
    const converter = compiled(ECHO, amqp091Format)
    const headers = Array.from({ length: 50_000 }, (_, place) => [`key-${place % 25_000}`, longstr("v")] as const)
    const { message } = amqp091Publish({ headers })
    const start = performance.now()
    expect(headerKeys(converter.convert(message))).toHaveLength(25_000)
    expect(performance.now() - start).toBeLessThan(2000)
  })
})

describe("type rows", () => {
  function echoed(headers: Amqp091Content["headers"]) {
    const converter = compiled(ECHO, amqp091Format)
    const fields = fieldsOf(converter.convert(amqp091Publish({ headers: headers ?? [] }).message)).slice(0, -1)
    return {
      values: fields.map(([, value]) => value),
      losses: converter.losses().filter(({ row }) => row !== "echo/payload"),
    }
  }

  it("apply in order, by type and condition", () => {
    const long = "v".repeat(256)
    expect(
      echoed([
        ["a", longstr("v")],
        ["b", longstr(long)],
        ["c", field("I", "00000008")],
      ]),
    ).toEqual({
      values: [
        { type: "longstr", value: "v" },
        { type: "binary", value: Uint8Array.from(Buffer.from(long)) },
        { type: "signedint", value: 4 },
      ],
      losses: [],
    })
  })

  it("lose what they do not convert, under their own id", () => {
    expect(
      echoed([
        ["a", field("t", "01")],
        ["b", field("I", "00000007")],
      ]),
    ).toEqual({
      values: [],
      losses: [
        { row: "echo/properties.headers.*", count: 1 },
        { row: "echo/type/bool", count: 1 },
      ],
    })
  })

  it("convert lists element by element and lose single elements", () => {
    const array = field("A", "00000014 49 00000002 49 00000003 74 01 53 00000003 616263")
    expect(echoed([["a", array]])).toEqual({
      values: [
        {
          type: "array",
          value: [
            { type: "signedint", value: 1 },
            { type: "longstr", value: "abc" },
          ],
        },
      ],
      losses: [],
    })
  })
})

function headerFields(message: Message) {
  return fieldsOf(message).filter(([name]) => name.startsWith("properties.headers["))
}

function headerKeys(message: Message): readonly string[] {
  return fieldsOf(message)
    .map(([name]) => /^properties\.headers\[(.*)\]$/s.exec(name)?.[1])
    .filter((key) => key !== undefined)
}
