import { type Value, ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { tableIn } from "../table-in-profile.ts"
import { amqp10Section, mapOf, of } from "../testing/amqp10-message.ts"
import { type Amqp091Content, amqp091Publish, type FieldValue, field, longstr } from "../testing/amqp091-content.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { amqp091ToAmqp10 } from "./amqp091-to-amqp10.ts"

type Expected = Omit<RowCase, "row" | "does" | "published" | "field">

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)
const URN = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"
const UUID = Uint8Array.of(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)

function row(id: string, does: string, content: Amqp091Content, name: string, expected: Expected): RowCase {
  return {
    row: `amqp091-amqp10/${id}`,
    does,
    published: amqp091Publish(content),
    field: `properties.${name}`,
    ...expected,
  }
}

function to(outcome: "kept" | "converted", name: string, value: Value): Expected {
  return { outcome, after: [name, value] }
}

function lost(reason = ""): Expected {
  return { outcome: "lost", reason }
}

function header(id: string, does: string, key: string | Uint8Array, value: FieldValue, expected: Expected): RowCase {
  const name = typeof key === "string" ? key : "0x61ff"
  return row(`headers/${id}`, does, { headers: [[key, value]] }, `headers[${name}]`, expected)
}

/** A header `h` and the application property that it becomes. */
function typed(does: string, value: FieldValue, after: Value, outcome: "kept" | "converted" = "kept"): RowCase {
  return header("simple", does, "h", value, to(outcome, "application-properties[h]", after))
}

/** A header x-l that is an array or table, and the annotation that it becomes. */
function nested(does: string, value: FieldValue, after: Value, isWhole = true): RowCase {
  const expected = { outcome: isWhole ? "converted" : "narrowed", after: ["message-annotations[x-l]", after] } as const
  return header("x", does, "x-l", value, isWhole ? expected : { ...expected, reason: "elements-lost" })
}

function textCases(
  id: string,
  property: keyof Amqp091Content,
  name: string,
  target: string,
  type: "string" | "symbol",
): readonly RowCase[] {
  const reason = type === "string" ? "not-utf8" : "not-ascii"
  return [
    row(id, "keeps 255 bytes", { [property]: "v".repeat(255) }, name, to("kept", target, of(type, "v".repeat(255)))),
    row(id, "keeps an empty text", { [property]: "" }, name, to("kept", target, of(type, ""))),
    row(`${id}/${reason}`, "loses invalid UTF-8", { [property]: NOT_UTF8 }, name, lost(reason)),
    type === "symbol"
      ? row(`${id}/${reason}`, "loses text beyond ASCII", { [property]: "ë" }, name, lost(reason))
      : row(id, "keeps text beyond ASCII", { [property]: "ë" }, name, to("kept", target, of(type, "ë"))),
  ]
}

function idCases(property: "messageId" | "correlationId", name: string): readonly RowCase[] {
  const id = name.replace("_", "-")
  const target = `properties.${id}`
  return [
    row(
      `${id}/uuid`,
      "makes the text of a UUID one",
      { [property]: URN },
      name,
      to("converted", target, of("uuid", UUID)),
    ),
    row(
      id,
      "keeps the prefix in upper case",
      { [property]: `U${URN.slice(1)}` },
      name,
      to("kept", target, of("string", `U${URN.slice(1)}`)),
    ),
    row(
      id,
      "keeps a UUID without hyphens",
      { [property]: URN.replaceAll("-", "") },
      name,
      to("kept", target, of("string", URN.replaceAll("-", ""))),
    ),
    ...textCases(id, property, name, target, "string"),
  ]
}

function expiration(does: string, text: string, expected: Expected): RowCase {
  return row("expiration", does, { expiration: text }, "expiration", expected)
}

function timestamp(does: string, seconds: bigint, expected: Expected): RowCase {
  return row("timestamp", does, { timestamp: seconds }, "timestamp", expected)
}

function deliveryMode(mode: number, isDurable: boolean): RowCase {
  const after = ["header.durable", of("boolean", isDurable)] as const
  const expected: Expected =
    mode === 1 || mode === 2
      ? { outcome: "converted", after }
      : { outcome: "narrowed", reason: "unknown-delivery-mode", after }
  return row("delivery-mode", `makes ${mode} ${isDurable}`, { deliveryMode: mode }, "delivery_mode", expected)
}

/** A longstr or binary that holds a section. */
function sectionValue(letter: "S" | "x", bytes: Uint8Array): FieldValue {
  return { ...longstr(bytes), letter }
}

const PROPERTIES = amqp10Section(
  "amqp:properties:list",
  of("list", [of("ulong", 7n), of("null", null), of("string", "to")]),
)
const APPLICATION = amqp10Section(
  "amqp:application-properties:map",
  mapOf(
    [
      ["k", of("boolean", true)],
      ["l", of("list", [of("uint", 1)])],
    ],
    "string",
  ),
)
const ANNOTATIONS = amqp10Section(
  "amqp:message-annotations:map",
  mapOf(
    [
      ["x-k", of("uint", 1)],
      [of("ulong", 1n), of("uint", 2)],
    ],
    "symbol",
  ),
)

function map(...entries: readonly (readonly [string, string, Value])[]): Value {
  return of("map", new ValueMap(entries.map(([type, key, value]) => [of(type, key), value] as const)))
}

function sectionCase(key: string, bytes: Uint8Array, section: string, value: Value): RowCase {
  const published = amqp091Publish({ headers: [[key, sectionValue("x", bytes)]] })
  return {
    row: `amqp091-amqp10/headers/${key}`,
    does: "takes the section apart",
    published,
    field: `properties.headers[${key}]`,
    outcome: "converted",
    after: [section, value],
  }
}

const SECTION_CASES: readonly RowCase[] = [
  sectionCase(
    "x-amqp-1.0-properties",
    PROPERTIES,
    "properties",
    map(["symbol", "message-id", of("ulong", 7n)], ["symbol", "to", of("string", "to")]),
  ),
  sectionCase(
    "x-amqp-1.0-application-properties",
    APPLICATION,
    "application-properties",
    map(["string", "k", of("boolean", true)], ["string", "l", of("list", [of("uint", 1)])]),
  ),
  sectionCase(
    "x-amqp-1.0-app-properties",
    APPLICATION,
    "application-properties",
    map(["string", "k", of("boolean", true)], ["string", "l", of("list", [of("uint", 1)])]),
  ),
  sectionCase(
    "x-amqp-1.0-message-annotations",
    ANNOTATIONS,
    "message-annotations",
    map(["symbol", "x-k", of("uint", 1)]),
  ),
]

const INTS = field("A", "00 00 00 0a 49 00 00 00 01 49 ff ff ff ff")

const CASES: readonly RowCase[] = [
  ...idCases("messageId", "message_id"),
  ...idCases("correlationId", "correlation_id"),
  row(
    "user-id",
    "keeps any bytes",
    { userId: NOT_UTF8 },
    "user_id",
    to("converted", "properties.user-id", of("binary", NOT_UTF8)),
  ),
  expiration("reads digits", "60000", to("converted", "header.ttl", of("uint", 60_000))),
  expiration("reads 0", "0", to("converted", "header.ttl", of("uint", 0))),
  expiration("takes the longest that fits", "4294967295", to("converted", "header.ttl", of("uint", 4_294_967_295))),
  expiration("limits what is longer", "4294967296", {
    outcome: "narrowed",
    reason: "clamped",
    after: ["header.ttl", of("uint", 4_294_967_295)],
  }),
  ...textCases("type", "type", "type", "message-annotations[x-basic-type]", "string").map((example) => ({
    ...example,
    outcome: example.outcome === "kept" ? ("converted" as const) : example.outcome,
  })),
  ...textCases("reply-to", "replyTo", "reply_to", "properties.reply-to", "string"),
  ...textCases("app-id", "appId", "app_id", "properties.group-id", "string"),
  timestamp(
    "makes seconds milliseconds",
    1_700_000_000n,
    to("converted", "properties.creation-time", of("timestamp", 1_700_000_000_000n)),
  ),
  timestamp("keeps 0", 0n, to("converted", "properties.creation-time", of("timestamp", 0n))),
  timestamp(
    "takes the last that fits",
    9_223_372_036_854_775n,
    to("converted", "properties.creation-time", of("timestamp", 9_223_372_036_854_775_000n)),
  ),
  timestamp("loses the first that does not", 9_223_372_036_854_776n, lost("range")),
  timestamp("loses the last of all", 2n ** 64n - 1n, lost("range")),
  ...textCases("content-type", "contentType", "content_type", "properties.content-type", "symbol"),
  ...textCases("content-encoding", "contentEncoding", "content_encoding", "properties.content-encoding", "symbol"),
  deliveryMode(0, false),
  deliveryMode(1, false),
  deliveryMode(2, true),
  deliveryMode(3, false),
  deliveryMode(255, false),
  row("priority", "keeps 0", { priority: 0 }, "priority", to("kept", "header.priority", of("ubyte", 0))),
  row("priority", "keeps 255", { priority: 255 }, "priority", to("kept", "header.priority", of("ubyte", 255))),
  row("cluster-id", "loses it", { clusterId: "c" }, "cluster_id", lost()),
  header(
    "x-reply-to-topic",
    "becomes an address",
    "x-reply-to-topic",
    longstr("a.b"),
    to("converted", "properties.reply-to", of("string", "/topic/a.b")),
  ),
  header(
    "x",
    "keeps an x-reply-to-topic that is no text",
    "x-reply-to-topic",
    longstr(NOT_UTF8),
    to("converted", "message-annotations[x-reply-to-topic]", of("binary", NOT_UTF8)),
  ),
  header("broker", "leaves it to the broker to say where", "x-exchange", longstr("e"), { outcome: "routing" }),
  header("broker", "leaves it to the broker to say what happened", "x-death", INTS, { outcome: "routing" }),
  header(
    "cc",
    "makes CC x-cc",
    "CC",
    field("A", "00 00 00 0c 53 00 00 00 01 61 53 00 00 00 01 62"),
    to("converted", "message-annotations[x-cc]", of("list", [of("string", "a"), of("string", "b")])),
  ),
  header("x", "makes x- an annotation", "x-k", longstr("v"), to("kept", "message-annotations[x-k]", of("string", "v"))),
  header(
    "x",
    "makes a section that is none an annotation",
    "x-amqp-1.0-properties",
    longstr("v"),
    to("kept", "message-annotations[x-amqp-1.0-properties]", of("string", "v")),
  ),
  header(
    "x",
    "makes another section an annotation",
    "x-amqp-1.0-properties",
    sectionValue("x", APPLICATION),
    to("kept", "message-annotations[x-amqp-1.0-properties]", of("binary", APPLICATION)),
  ),
  header(
    "x",
    "makes a section with something behind it an annotation",
    "x-amqp-1.0-properties",
    sectionValue("x", Uint8Array.of(...PROPERTIES, ...APPLICATION)),
    to(
      "kept",
      "message-annotations[x-amqp-1.0-properties]",
      of("binary", Uint8Array.of(...PROPERTIES, ...APPLICATION)),
    ),
  ),
  header(
    "x",
    "has no line for a footer",
    "x-amqp-1.0-footer",
    longstr("f"),
    to("kept", "message-annotations[x-amqp-1.0-footer]", of("string", "f")),
  ),
  header("name-not-ascii", "loses x- beyond ASCII", "x-é", longstr("v"), lost("name-not-ascii")),
  header("array", "loses an array", "h", INTS, lost()),
  header("table", "loses a table", "h", field("F", "00 00 00 00"), lost()),
  header("name-not-utf8", "loses a name that is no text", NOT_UTF8, longstr("v"), lost("name-not-utf8")),
  typed("keeps 255 bytes of text", longstr("v".repeat(255)), of("string", "v".repeat(255))),
  typed("makes 256 bytes binary", longstr("v".repeat(256)), of("binary", new Uint8Array(256).fill(0x76)), "converted"),
  typed("makes NUL binary", longstr("a\0"), of("binary", Uint8Array.of(0x61, 0)), "converted"),
  typed("makes invalid UTF-8 binary", longstr(NOT_UTF8), of("binary", NOT_UTF8), "converted"),
  typed("keeps an empty text", longstr(""), of("string", "")),
  typed("keeps a long", field("l", "8000000000000000"), of("long", -(2n ** 63n))),
  typed("keeps a small long", field("l", "ffffffffffffffff"), of("long", -1n)),
  typed("keeps an octet", field("B", "ff"), of("ubyte", 255)),
  typed("keeps a short", field("s", "8000"), of("short", -32_768)),
  typed("keeps an unsigned short", field("u", "ffff"), of("ushort", 65_535)),
  typed("keeps an unsigned int", field("i", "ffffffff"), of("uint", 4_294_967_295)),
  typed("keeps an unsigned 0", field("i", "00000000"), of("uint", 0)),
  typed("keeps an int", field("I", "80000000"), of("int", -2_147_483_648)),
  typed("keeps a double", field("d", "3fb999999999999a"), of("double", 0.1)),
  typed("keeps NaN", field("d", "7ff8000000000000"), of("double", Number.NaN)),
  typed("keeps a float", field("f", "3f000000"), of("float", 0.5)),
  typed("keeps true", field("t", "01"), of("boolean", true)),
  typed("keeps false", field("t", "00"), of("boolean", false)),
  typed("keeps binary", field("x", "00 00 00 02 61 ff"), of("binary", NOT_UTF8)),
  typed("keeps a time", field("T", "0000000000000001"), of("timestamp", 1000n), "converted"),
  typed("keeps a byte", field("b", "80"), of("byte", -128)),
  typed("keeps void", field("V", ""), of("null", null)),
  header("simple", "loses a time that overflows", "h", field("T", "ffffffffffffffff"), lost("range")),
  {
    ...header("simple", "loses a decimal", "h", field("D", "02 00003039"), lost("no-such-type")),
    row: "amqp091-amqp10/type/decimal",
  },
  nested("makes an array a list", INTS, of("list", [of("int", 1), of("int", -1)])),
  nested("keeps an empty array", field("A", "00 00 00 00"), of("list", [])),
  nested(
    "makes names in tables symbols where they begin with x-",
    field("F", "00 00 00 0b 03 78 2d 61 74 01 02 c3 a9 74 00"),
    map(["symbol", "x-a", of("boolean", true)], ["string", "é", of("boolean", false)]),
  ),
  nested(
    "loses what it cannot convert inside, and nothing else",
    field("A", "00 00 00 15 44 01 00 00 00 01 49 00 00 00 05 54 ff ff ff ff ff ff ff ff 56"),
    of("list", [of("int", 5), of("null", null)]),
    false,
  ),
  nested(
    "loses entries whose name is no text",
    field("F", "00 00 00 08 02 61 ff 56 02 78 2d 56"),
    map(["symbol", "x-", of("null", null)]),
    false,
  ),
  {
    ...row(
      "payload",
      "makes the payload data",
      { body: "body", type: "amqp-1.0" },
      "",
      to("kept", "data", of("binary", Uint8Array.of(0x62, 0x6f, 0x64, 0x79))),
    ),
    field: "payload",
  },
]

describe("AMQP 0.9.1 to AMQP 1.0", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    expect(resultOf(example, "amqp10")).toEqual(expectedOf(example))
  })

  it.each(SECTION_CASES.map((example) => [example.row, example] as const))(
    "%s takes the section apart",
    (_row, example) => {
      expect(resultOf(example, "amqp10").found).toEqual(expectedOf(example).found)
    },
  )

  it("has a case for every row", () => {
    const tested = new Set([...CASES, ...SECTION_CASES].map((example) => example.row))
    expect(
      tableIn(amqp091ToAmqp10, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("says nothing of properties that are absent", () => {
    expect(explainPublished(amqp091Publish({}), "amqp10", OPTIONS).map((finding) => finding.field)).toEqual(["payload"])
  })

  it("reads section headers from a longstr too, and with symbolic descriptors", () => {
    const name = Buffer.from("amqp:application-properties:map")
    const symbolic = Uint8Array.of(0, 0xa3, 31, ...name, 0xc1, 7, 2, 0xa1, 1, 0x6b, 0xa1, 1, 0x76)
    const headers = [["x-amqp-1.0-app-properties", longstr(symbolic)]] as const
    const { message } = amqp091Publish({ headers })
    expect(fieldsOf(converted(message))[0]).toEqual(["application-properties[k]", of("string", "v")])
  })

  it("prefers the section to what was made of it, and fills the rest", () => {
    const published = amqp091Publish({
      messageId: "8",
      replyTo: "r",
      headers: [
        ["k", longstr("mine")],
        ["x-amqp-1.0-properties", sectionValue("S", PROPERTIES)],
        ["x-amqp-1.0-app-properties", sectionValue("S", APPLICATION)],
        ["x-amqp-1.0-application-properties", sectionValue("S", APPLICATION)],
        ["m", longstr("mine")],
      ],
    })
    expect(fieldsOf(converted(published.message)).slice(0, -1)).toEqual([
      ["properties.message-id", of("ulong", 7n)],
      ["properties.to", of("string", "to")],
      ["properties.reply-to", of("string", "r")],
      ["application-properties[k]", of("boolean", true)],
      ["application-properties[l]", of("list", [of("uint", 1)])],
      ["application-properties[m]", of("string", "mine")],
    ])
    const findings = explainPublished(published, "amqp10", OPTIONS).filter(({ reason }) => reason !== "")
    expect(findings.map(({ field: name, outcome, reason }) => [name, outcome, reason])).toEqual([
      ["properties.headers[k]", "lost", "outranked"],
      ["properties.headers[x-amqp-1.0-app-properties]", "narrowed", "elements-lost"],
      ["properties.message_id", "lost", "outranked"],
    ])
  })

  it("takes apart as many sections as a message has", () => {
    const headers = Array.from({ length: 200 }, () => ["x-amqp-1.0-properties", sectionValue("x", PROPERTIES)] as const)
    const { message } = amqp091Publish({ headers: [...headers, ["last", longstr("v")]] })
    expect(fieldsOf(converted(message)).slice(0, -1)).toEqual([
      ["properties.message-id", of("ulong", 7n)],
      ["properties.to", of("string", "to")],
      ["application-properties[last]", of("string", "v")],
    ])
  })

  it("prefers reply_to to x-reply-to-topic, a type to x-basic-type, and CC to x-cc", () => {
    const published = amqp091Publish({
      replyTo: "r",
      type: "t",
      headers: [
        ["x-reply-to-topic", longstr("a")],
        ["x-basic-type", longstr("mine")],
        ["x-cc", longstr("mine")],
        ["CC", field("A", "00 00 00 06 53 00 00 00 01 61")],
      ],
    })
    expect(fieldsOf(converted(published.message)).slice(0, -1)).toEqual([
      ["message-annotations[x-cc]", of("list", [of("string", "a")])],
      ["message-annotations[x-basic-type]", of("string", "t")],
      ["properties.reply-to", of("string", "r")],
    ])
    const losses = explainPublished(published, "amqp10", OPTIONS).filter((finding) => finding.outcome === "lost")
    expect(losses.map(({ reason }) => reason)).toEqual(["outranked", "outranked", "outranked"])
  })

  it("keeps the order of headers, and the first of several with one name", () => {
    const headers = (["b", "x-b", "a", "b", "x-a", "x-b"] as const).map(
      (key, at) => [key, longstr(String(at))] as const,
    )
    const { message } = amqp091Publish({ headers })
    expect(fieldsOf(converted(message)).slice(0, -1)).toEqual([
      ["message-annotations[x-b]", of("string", "1")],
      ["message-annotations[x-a]", of("string", "4")],
      ["application-properties[b]", of("string", "0")],
      ["application-properties[a]", of("string", "2")],
    ])
  })

  it("does not tell an expiration that no longer counts", () => {
    const { message } = amqp091Publish({ expiration: "1000" })
    expect(converted({ ...message, ttlMs: undefined }).ttlMs).toBeUndefined()
  })
})

const converters = createConverters(OPTIONS)

function converted(message: ReturnType<typeof amqp091Publish>["message"]) {
  return converters.convert(message, "amqp10")
}
