import { expect, test } from "vitest"
import { publishedContent } from "./amqp091/published.ts"
import { formatOf } from "./formats.ts"
import { decode } from "./inspect.ts"

test.each(["amqp091", "amqp10", "mqtt"] as const)("finds the format %s by its name", (name) => {
  expect(formatOf(name).name).toBe(name)
})

test("decodes fields, keys and a body of its own", () => {
  const body = Uint8Array.of(1, 2, 3)
  const decoded = decode(publishedContent(Buffer.from("20800000000701614900000007016d", "hex"), body, 0).message)
  body.fill(0)
  expect(decoded.format).toBe("amqp091")
  expect(decoded.fields).toEqual([
    {
      field: "properties.headers.*",
      key: { type: "shortstr", value: "a" },
      value: { type: "signedint", value: 7 },
    },
    { field: "properties.message_id", key: undefined, value: { type: "shortstr", value: "m" } },
    { field: "payload", key: undefined, value: { type: "payload", value: body } },
  ])
  expect(decoded.body).toEqual(Uint8Array.of(1, 2, 3))
})
