import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { requestMessage } from "../testing/management-client.ts"
import { plain } from "../testing/plain.ts"
import { readRequest } from "./request.ts"

/** properties: message-id "1", to "/queues/x", subject "DELETE", reply-to "$me". */
const PROPERTIES = "005373c01d05a1013140a1092f7175657565732f78a10644454c455445a103246d65"
/** amqp-value: null. */
const NULL_VALUE = "00537740"
/** header, empty. */
const HEADER = "00537045"

function read(hex: string) {
  const bytes = Uint8Array.from(Buffer.from(hex, "hex"))
  return readRequest(bytes, 0, bytes.length)
}

const WHOLE = {
  messageId: { type: "string", value: "1" },
  method: "DELETE",
  target: "/queues/x",
  replyTo: "$me",
  body: { type: "null", value: null },
}

describe("a request", () => {
  it.each([
    ["as it should be", HEADER + PROPERTIES + NULL_VALUE],
    ["with its body first", NULL_VALUE + PROPERTIES],
    ["without a body", PROPERTIES],
    ["with a body of data", `${PROPERTIES}005375a001ff`],
    // The descriptor of properties as a symbol.
    [
      "with symbolic descriptors",
      PROPERTIES.replace("5373", `a314${Buffer.from("amqp:properties:list").toString("hex")}`),
    ],
  ])("is read %s", (_what, hex) => {
    expect(read(hex)).toEqual(WHOLE)
  })

  it("is read from the middle of a buffer", () => {
    const bytes = Uint8Array.from(Buffer.from(`ffff${PROPERTIES}ffff`, "hex"))
    expect(readRequest(bytes, 2, bytes.length - 2)).toEqual(WHOLE)
  })

  it("lacks what is absent or of another type", () => {
    const nothing = { ...WHOLE, messageId: undefined, method: undefined, target: undefined, replyTo: undefined }
    expect(read("")).toEqual(nothing)
    expect(read("00537345")).toEqual(nothing)
    // message-id true, user-id absent, to 1, subject as a symbol, reply-to as binary.
    expect(read("005373c00b0541405201a30147a00124")).toEqual(nothing)
  })

  it.each([
    ["that ends early", PROPERTIES.slice(0, -2)],
    ["with something that is no section", `${PROPERTIES}40`],
    ["with a descriptor and nothing described", "005377"],
  ])("%s is malformed", (_what, hex) => {
    expect(() => read(hex)).toThrow(DecodeError)
  })

  it("is what was asked", () => {
    const json = fc.dictionary(fc.string({ maxLength: 5 }), fc.oneof(fc.boolean(), fc.string(), fc.constant(null)))
    fc.assert(
      fc.property(fc.string(), fc.string(), json, (method, target, body) => {
        const bytes = requestMessage(method, target, body)
        const request = readRequest(bytes, 0, bytes.length)
        expect([request.method, request.target, request.replyTo]).toEqual([method, target, "$me"])
        expect(plain(request.body)).toEqual({ ...body })
      }),
      { numRuns: 100, seed: 20 },
    )
  })
})
