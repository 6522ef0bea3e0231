import { Described, type Value, ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { tableIn } from "../table-in-profile.ts"
import { type Amqp10Message, amqp10Publish, amqp10Section, mapOf, of } from "../testing/amqp10-message.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { amqp10ToAmqp091 } from "./amqp10-to-amqp091.ts"

type Expected = Omit<RowCase, "row" | "does" | "published" | "field">

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)
const UUID = Uint8Array.of(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)
const URN = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"

function row(id: string, does: string, message: Amqp10Message, field: string, expected: Expected): RowCase {
  return { row: `amqp10-amqp091/${id}`, does, published: amqp10Publish(message), field, ...expected }
}

/** A property and what becomes of it. */
function property(
  id: string,
  does: string,
  name: keyof NonNullable<Amqp10Message["properties"]>,
  value: Value,
  expected: Expected,
): RowCase {
  return row(id, does, { properties: { [name]: value } }, `properties.${name}`, expected)
}

function to(outcome: "kept" | "converted", field: string, value: Value): Expected {
  return { outcome, after: [field, value] }
}

function shortstr(outcome: "kept" | "converted", name: string, value: string): Expected {
  return to(outcome, `properties.${name}`, of("shortstr", value))
}

function lost(reason = ""): Expected {
  return { outcome: "lost", reason }
}

/** An application property `k` and the header that it becomes. */
function typed(value: Value, after: Value, outcome: "kept" | "converted" = "kept"): RowCase {
  return row(
    "application-properties",
    `makes ${value.type} ${String(value.value)} a ${after.type}`,
    { applicationProperties: [["k", value]] },
    "application-properties[k]",
    to(outcome, "properties.headers[k]", after),
  )
}

/** An application property `k` whose type has no place in AMQP 0.9.1. */
function untyped(typeRow: string, value: Value, reason: string): RowCase {
  return row(
    `type/${typeRow}`,
    `loses ${value.type} ${String(value.value)}`,
    { applicationProperties: [["k", value]] },
    "application-properties[k]",
    lost(reason),
  )
}

function idCases(name: "message" | "correlation"): readonly RowCase[] {
  const field = `${name}-id` as const
  const target = `${name}_id`
  const header = `properties.headers[x-${name}-id]`
  const text = (length: number) => of("string", "i".repeat(length))
  const large = (length: number) => to("converted", header, of("longstr", "i".repeat(length)))
  return [
    property(`${field}/utf8`, "keeps 255 bytes", field, text(255), shortstr("kept", target, "i".repeat(255))),
    property(`${field}/utf8`, "keeps an empty id", field, text(0), shortstr("kept", target, "")),
    property(`${field}/utf8/large`, "makes 256 bytes a header", field, text(256), large(256)),
    property(`${field}/utf8/large`, "makes 257 bytes a header", field, text(257), large(257)),
    property(`${field}/utf8/not-shortstr`, "loses NUL", field, of("string", "a\0"), lost("not-utf8")),
    property(`${field}/utf8/not-shortstr`, "loses invalid UTF-8", field, of("string", NOT_UTF8), lost("not-utf8")),
    property(`${field}/uuid`, "writes a uuid as text", field, of("uuid", UUID), shortstr("converted", target, URN)),
    property(`${field}/ulong`, "writes 0", field, of("ulong", 0n), shortstr("converted", target, "0")),
    property(`${field}/ulong`, "writes 255", field, of("ulong", 255n), shortstr("converted", target, "255")),
    property(
      `${field}/ulong`,
      "writes 2^53 + 1",
      field,
      of("ulong", 9_007_199_254_740_993n),
      shortstr("converted", target, "9007199254740993"),
    ),
    property(
      `${field}/ulong`,
      "writes 2^64 - 1",
      field,
      of("ulong", 18_446_744_073_709_551_615n),
      shortstr("converted", target, "18446744073709551615"),
    ),
    property(
      `${field}/binary`,
      "makes octets a header",
      field,
      of("binary", NOT_UTF8),
      to("converted", header, of("binary", NOT_UTF8)),
    ),
    property(`${field}/unexpected`, "loses a symbol", field, of("symbol", "s"), lost("unexpected-type")),
  ]
}

function shortstrCases(
  name: keyof NonNullable<Amqp10Message["properties"]>,
  type: string,
  target: string,
): readonly RowCase[] {
  const kept = type === "binary" ? "converted" : "kept"
  const value = (text: string | Uint8Array) =>
    of(type, type === "binary" && typeof text === "string" ? new TextEncoder().encode(text) : text)
  return [
    property(name, "takes 255 bytes", name, value("v".repeat(255)), shortstr(kept, target, "v".repeat(255))),
    property(name, "takes no bytes", name, value(""), shortstr(kept, target, "")),
    property(`${name}/too-large`, "loses 256 bytes", name, value("v".repeat(256)), lost("too-large")),
    property(`${name}/not-shortstr`, "loses NUL", name, value("a\0"), lost("not-utf8")),
    property(`${name}/not-shortstr`, "loses invalid UTF-8", name, value(NOT_UTF8), lost("not-utf8")),
    property(`${name}/unexpected`, "loses a number", name, of("uint", 1), lost("unexpected-type")),
  ]
}

function annotation(id: string, does: string, key: string | Value, value: Value, expected: Expected): RowCase {
  const name = typeof key === "string" ? key : "1"
  const field = typeof key === "string" ? `message-annotations[${name}]` : "message-annotations[\u0001]"
  return row(`message-annotations${id}`, does, { messageAnnotations: [[key, value]] }, field, expected)
}

/** An annotation x-l, a list or map, and the header that it becomes. */
function nested(does: string, value: Value, after: Value, isWhole = true): RowCase {
  const outcome = isWhole ? "converted" : "narrowed"
  const expected = { outcome, after: ["properties.headers[x-l]", after] } as const
  return annotation("/x", does, "x-l", value, isWhole ? expected : { ...expected, reason: "elements-lost" })
}

function body(id: string, does: string, message: Amqp10Message, field: string, payload: string): RowCase {
  const value = of("payload", Uint8Array.from(Buffer.from(payload.replaceAll(" ", ""), "hex")))
  return row(id, does, message, field, to(id === "data" ? "kept" : "converted", "payload", value))
}

const NULL = of("null", null)
const HEADER = [of("boolean", true), of("ubyte", 9), of("uint", 60_000), of("boolean", false), of("uint", 3)]
const LONG_KEY = `x-${"k".repeat(254)}`

const CASES: readonly RowCase[] = [
  row(
    "durable",
    "makes durable delivery mode 2",
    { header: [of("boolean", true)] },
    "header.durable",
    to("converted", "properties.delivery_mode", of("octet", 2)),
  ),
  row(
    "durable",
    "makes not durable delivery mode 1",
    { header: [of("boolean", false)] },
    "header.durable",
    to("converted", "properties.delivery_mode", of("octet", 1)),
  ),
  row(
    "priority",
    "keeps the priority",
    { header: HEADER },
    "header.priority",
    to("kept", "properties.priority", of("octet", 9)),
  ),
  row("ttl", "writes the ttl as text", { header: HEADER }, "header.ttl", shortstr("converted", "expiration", "60000")),
  row(
    "ttl",
    "writes the longest ttl",
    { header: [NULL, NULL, of("uint", 0xffff_ffff)] },
    "header.ttl",
    shortstr("converted", "expiration", "4294967295"),
  ),
  row(
    "ttl",
    "writes 0",
    { header: [NULL, NULL, of("uint", 0)] },
    "header.ttl",
    shortstr("converted", "expiration", "0"),
  ),
  row("first-acquirer", "ends here", { header: HEADER }, "header.first-acquirer", { outcome: "hop" }),
  row("delivery-count", "ends here", { header: HEADER }, "header.delivery-count", { outcome: "hop" }),
  row("delivery-annotations", "end here", { deliveryAnnotations: [["x-d", NULL]] }, "delivery-annotations.*", {
    outcome: "hop",
  }),
  ...idCases("message"),
  ...idCases("correlation"),
  ...shortstrCases("user-id", "binary", "user_id"),
  ...shortstrCases("reply-to", "string", "reply_to"),
  ...shortstrCases("content-type", "symbol", "content_type"),
  ...shortstrCases("content-encoding", "symbol", "content_encoding"),
  ...shortstrCases("group-id", "string", "app_id"),
  property("to", "loses the address", "to", of("string", "/queues/q"), lost()),
  property("subject", "loses the subject", "subject", of("string", "s"), lost()),
  property("absolute-expiry-time", "loses the time", "absolute-expiry-time", of("timestamp", 1n), lost()),
  property("group-sequence", "loses the number", "group-sequence", of("uint", 1), lost()),
  property("reply-to-group-id", "loses the group", "reply-to-group-id", of("string", "g"), lost()),
  property(
    "creation-time",
    "makes milliseconds seconds",
    "creation-time",
    of("timestamp", 1_700_000_000_000n),
    to("converted", "properties.timestamp", of("timestamp", 1_700_000_000n)),
  ),
  property("creation-time", "rounds 1999 down", "creation-time", of("timestamp", 1999n), {
    outcome: "narrowed",
    reason: "rounded-down",
    after: ["properties.timestamp", of("timestamp", 1n)],
  }),
  property("creation-time", "takes the last time of AMQP 1.0", "creation-time", of("timestamp", 2n ** 63n - 1n), {
    outcome: "narrowed",
    reason: "rounded-down",
    after: ["properties.timestamp", of("timestamp", 9_223_372_036_854_775n)],
  }),
  property("creation-time", "loses a time before 1970", "creation-time", of("timestamp", -1n), lost("range")),
  property("creation-time/unexpected", "loses a long", "creation-time", of("long", 1n), lost("unexpected-type")),
  typed(of("string", "ü"), of("longstr", "ü")),
  typed(of("string", ""), of("longstr", "")),
  typed(of("string", NOT_UTF8), of("longstr", NOT_UTF8)),
  typed(of("symbol", "s"), of("longstr", "s")),
  typed(of("binary", NOT_UTF8), of("binary", NOT_UTF8)),
  typed(of("long", -(2n ** 63n)), of("long", -(2n ** 63n))),
  typed(of("long", -1n), of("long", -1n)),
  typed(of("ulong", 0n), of("long", 0n), "converted"),
  typed(of("ulong", 255n), of("long", 255n), "converted"),
  typed(of("ulong", 2n ** 63n - 1n), of("long", 9_223_372_036_854_775_807n), "converted"),
  typed(of("ubyte", 255), of("unsignedbyte", 255)),
  typed(of("short", -32_768), of("short", -32_768)),
  typed(of("ushort", 65_535), of("unsignedshort", 65_535)),
  typed(of("uint", 0), of("unsignedint", 0)),
  typed(of("uint", 0xffff_ffff), of("unsignedint", 4_294_967_295)),
  typed(of("int", -1), of("signedint", -1)),
  typed(of("int", -2_147_483_648), of("signedint", -2_147_483_648)),
  typed(of("double", 0.1), of("double", 0.1)),
  typed(of("double", 1.7976931348623157e308), of("double", 1.7976931348623157e308)),
  typed(of("float", 0.5), of("float", 0.5)),
  typed(of("float", 3.4028234663852886e38), of("float", 3.4028234663852886e38)),
  typed(of("boolean", true), of("bool", true)),
  typed(of("boolean", false), of("bool", false)),
  typed(of("timestamp", 1000n), of("timestamp", 1n), "converted"),
  typed(of("byte", -128), of("byte", -128)),
  typed(NULL, of("void", null)),
  row(
    "application-properties",
    "loses a ulong above 2^63 - 1",
    { applicationProperties: [["k", of("ulong", 2n ** 63n)]] },
    "application-properties[k]",
    lost("range"),
  ),
  row(
    "application-properties",
    "loses a time before 1970",
    { applicationProperties: [["k", of("timestamp", -1000n)]] },
    "application-properties[k]",
    lost("range"),
  ),
  untyped("double/not-finite", of("double", Number.NaN), "not-finite"),
  untyped("double/not-finite", of("double", Number.NEGATIVE_INFINITY), "not-finite"),
  untyped("float/not-finite", of("float", Number.NaN), "not-finite"),
  untyped("float/not-finite", of("float", Number.POSITIVE_INFINITY), "not-finite"),
  untyped("decimal32", of("decimal32", new Uint8Array(4)), "no-such-type"),
  untyped("decimal64", of("decimal64", new Uint8Array(8)), "no-such-type"),
  untyped("decimal128", of("decimal128", new Uint8Array(16)), "no-such-type"),
  untyped("char", of("char", 0x61), "no-such-type"),
  untyped("uuid", of("uuid", UUID), "no-such-type"),
  untyped("described", of("described", new Described(of("symbol", "d"), of("uint", 1))), "no-such-type"),
  row(
    "application-properties",
    "takes a key of 255 bytes",
    { applicationProperties: [["k".repeat(255), NULL]] },
    `application-properties[${"k".repeat(255)}]`,
    to("kept", `properties.headers[${"k".repeat(255)}]`, of("void", null)),
  ),
  row(
    "application-properties/name-too-large",
    "loses a key of 256 bytes",
    { applicationProperties: [["k".repeat(256), NULL]] },
    `application-properties[${"k".repeat(256)}]`,
    lost("name-too-large"),
  ),
  annotation("/broker", "leaves it to the broker to say where", "x-routing-key", of("string", "k"), {
    outcome: "routing",
  }),
  annotation("/broker", "leaves it to the broker to say what happened", "x-opt-deaths", of("list", []), {
    outcome: "routing",
  }),
  annotation(
    "/x-cc",
    "makes x-cc CC",
    "x-cc",
    of("list", [of("string", "a"), of("string", "b")]),
    to("converted", "properties.headers[CC]", of("array", [of("longstr", "a"), of("longstr", "b")])),
  ),
  annotation("/x", "keeps x-k", "x-k", of("uint", 7), to("kept", "properties.headers[x-k]", of("unsignedint", 7))),
  annotation(
    "/x",
    "has no line that makes a type of x-basic-type",
    "x-basic-type",
    of("string", "t"),
    to("kept", "properties.headers[x-basic-type]", of("longstr", "t")),
  ),
  annotation("/name-too-large", "loses a name of 256 bytes", LONG_KEY, NULL, lost("name-too-large")),
  annotation("", "loses names without x-", "k", NULL, lost()),
  annotation("", "loses names with a capital X", "X-k", NULL, lost()),
  annotation("", "loses reserved keys", of("ulong", 1n), NULL, lost()),
  nested(
    "makes an array one of AMQP 0.9.1",
    of("array", [of("int", 1), of("int", -1)]),
    of("array", [of("signedint", 1), of("signedint", -1)]),
  ),
  nested("keeps an empty list", of("list", []), of("array", [])),
  nested(
    "loses what it cannot convert inside, and nothing else",
    of("list", [of("uint", 1), of("double", Number.NaN), of("ulong", 2n ** 64n - 1n), of("ulong", 200n)]),
    of("array", [of("unsignedint", 1), of("long", 200n)]),
    false,
  ),
  nested(
    "makes a map a table, with keys that are strings or symbols",
    mapOf(
      [
        ["a", of("string", "v")],
        [of("symbol", "b"), NULL],
      ],
      "string",
    ),
    of(
      "table",
      new ValueMap([
        [of("shortstr", "a"), of("longstr", "v")],
        [of("shortstr", "b"), of("void", null)],
      ]),
    ),
  ),
  nested(
    "loses entries whose key is too long or no text",
    mapOf(
      [
        ["k".repeat(256), NULL],
        [of("uint", 1), NULL],
        ["k".repeat(255), NULL],
      ],
      "string",
    ),
    of("table", new ValueMap([[of("shortstr", "k".repeat(255)), of("void", null)]])),
    false,
  ),
  body("data", "takes the content of one section", { body: { data: ["hi"] } }, "data", "6869"),
  body("data", "takes an empty section", { body: { data: [""] } }, "data", ""),
  body(
    "data/several",
    "takes several sections encoded",
    { body: { data: ["a", "b"] } },
    "data",
    "005375a00161 005375a00162",
  ),
  body(
    "amqp-value",
    "takes a value encoded, without the footer",
    { body: { value: of("string", "v") }, footer: [["x-f", NULL]] },
    "amqp-value",
    "005377a10176",
  ),
  body("amqp-value", "takes null encoded", { body: { value: NULL } }, "amqp-value", "00537740"),
  body(
    "amqp-sequence",
    "takes sequences encoded",
    { body: { sequences: [[of("uint", 0)], []] } },
    "amqp-sequence",
    "005376c0020143 00537645",
  ),
  row("footer", "loses the footer", { footer: [["x-f", of("uint", 1)]] }, "footer[x-f]", lost()),
]

describe("AMQP 1.0 to AMQP 0.9.1", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    expect(resultOf(example, "amqp091")).toEqual(expectedOf(example))
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(
      tableIn(amqp10ToAmqp091, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("says nothing of a header that is absent", () => {
    expect(explainPublished(amqp10Publish({}), "amqp091", OPTIONS).map((finding) => finding.field)).toEqual(["data"])
  })

  it.each([
    ["several data sections", { data: ["a", "b"] }],
    ["a value", { value: of("string", "v") }],
    ["sequences", { sequences: [[]] }],
  ])("sets the type for %s", (_does, content) => {
    const { message } = amqp10Publish({ body: content, messageAnnotations: [["x-basic-type", of("string", "mine")]] })
    expect(fieldsOf(converters.convert(message, "amqp091"))).toContainEqual([
      "properties.type",
      of("shortstr", "amqp-1.0"),
    ])
  })

  it("prefers a property to an annotation, and that to an application property", () => {
    const published = amqp10Publish({
      properties: { "message-id": of("binary", Uint8Array.of(1)) },
      messageAnnotations: [
        ["x-message-id", of("uint", 2)],
        ["x-k", of("uint", 3)],
      ],
      applicationProperties: [
        ["x-message-id", of("uint", 4)],
        ["x-k", of("uint", 5)],
        ["CC", of("string", "mine")],
        ["CC", of("string", "again")],
      ],
    })
    expect(headersOf(published.message)).toEqual([
      ["properties.headers[x-k]", of("unsignedint", 3)],
      ["properties.headers[x-message-id]", of("binary", Uint8Array.of(1))],
      ["properties.headers[CC]", of("longstr", "mine")],
    ])
    const losses = explainPublished(published, "amqp091", OPTIONS).filter((finding) => finding.outcome === "lost")
    expect(losses.map(({ field, reason }) => [field, reason])).toEqual([
      ["message-annotations[x-message-id]", "outranked"],
      ["application-properties[x-message-id]", "outranked"],
      ["application-properties[x-k]", "outranked"],
      ["application-properties[CC]", "duplicate"],
    ])
  })

  it("does not tell a ttl that no longer counts", () => {
    const { message } = amqp10Publish({ header: HEADER })
    expect(converters.convert({ ...message, ttlMs: undefined }, "amqp091").ttlMs).toBeUndefined()
  })

  it("explains a value that is too large to be decoded, and passes it on", () => {
    const list = amqp10Section("amqp:amqp-value:*", of("list", Array<Value>(100_001).fill(NULL)))
    const published = amqp10Publish({})
    const message = { ...published.message, body: list, bodyStart: 0, bodyEnd: list.length }
    expect(converters.convert(message, "amqp091").bodyEnd).toBe(list.length)
    const [finding] = explainPublished({ message, hop: [] }, "amqp091", OPTIONS)
    expect([finding?.row, finding?.outcome]).toEqual(["amqp10-amqp091/amqp-value", "converted"])
  })
})

const converters = createConverters(OPTIONS)

function headersOf(message: ReturnType<typeof amqp10Publish>["message"]) {
  return fieldsOf(converters.convert(message, "amqp091")).filter(([name]) => name.startsWith("properties.headers"))
}
