// Two messages of any two protocols beside each other, fields that mean the same on one line.

const WIDTH = 48

/** What the libraries call the same thing; `MAPS` have a line per key. */
const FIELDS = [
  ["routingKey", "topic", "to"],
  ["contentType", "content_type"],
  ["contentEncoding", "content_encoding"],
  ["deliveryMode", "qos", "durable"],
  ["priority"],
  ["expiration", "messageExpiryInterval", "ttl"],
  ["messageId", "message_id"],
  ["correlationId", "correlationData", "correlation_id"],
  ["replyTo", "responseTopic", "reply_to"],
  ["timestamp", "creation_time"],
  ["type", "subject"],
  ["appId", "group_id"],
  ["userId", "user_id"],
  ["payloadFormatIndicator"],
]
const MAPS = ["headers", "userProperties", "application_properties", "message_annotations", "delivery_annotations"]
/** Fields of the libraries themselves. */
const INTERNAL = new Set(["deliveryTag", "consumerTag", "clusterId", "body", ...MAPS])

/** The lines of two columns under "sent" and "arrived". */
export function sideBySide(sent, arrived) {
  const names = new Set([...Object.keys(sent), ...Object.keys(arrived)].filter((name) => !INTERNAL.has(name)))
  const known = new Set(FIELDS.flat())
  const rows = [...FIELDS, ...[...names].filter((name) => !known.has(name)).map((name) => [name])]
  return [
    columns("sent", "arrived"),
    columns("----", "-------"),
    ...rows.map((row) => columns(fieldOf(sent, row), fieldOf(arrived, row))),
    ...entryLines(entriesOf(sent), entriesOf(arrived)),
    columns(`body: ${textOf(sent.body)}`, `body: ${textOf(arrived.body)}`),
  ].filter((line) => line !== "")
}

function columns(left = "", right = "") {
  return left + right === "" ? "" : `  ${left.slice(0, WIDTH - 1).padEnd(WIDTH)}${right.slice(0, WIDTH)}`.trimEnd()
}

function fieldOf(message, names) {
  const shown = names.filter((name) => message[name] !== undefined)
  return shown.length === 0 ? undefined : shown.map((name) => `${name}: ${textOf(message[name])}`).join(", ")
}

/** Headers, user properties, application properties and annotations, by their key. */
function entriesOf(message) {
  return new Map(
    MAPS.flatMap((map) =>
      Object.entries(message[map] ?? {}).map(([key, value]) => [key, `${map}[${key}]: ${textOf(value)}`]),
    ),
  )
}

function entryLines(left, right) {
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => columns(left.get(key), right.get(key)))
}

function textOf(value) {
  if (Buffer.isBuffer(value)) return value.toString()
  if (value instanceof Date) return value.toISOString()
  return Array.isArray(value) ? value.map(textOf).join(", ") : String(value)
}
