import { describe, expect, it } from "vitest"
import { tagged } from "../testing/plain.ts"
import { encodeResponse, NO_CONTENT } from "./response.ts"

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

/** application-properties: "http:response" = "1.1". */
const APPLICATION_PROPERTIES = "005374c11502a10d687474703a726573706f6e7365a103312e31"

describe("a response", () => {
  it("is the status as subject, the request's id, the version of HTTP and a body", () => {
    const properties = "005373c00d06404040a10332303440a10131"
    expect(hex(encodeResponse(NO_CONTENT, { type: "string", value: "1" }))).toBe(
      `${properties}${APPLICATION_PROPERTIES}00537740`,
    )
  })

  it("answers a request without an id with none", () => {
    const properties = "005373c00b06404040a1033430344040"
    expect(hex(encodeResponse({ status: 404, body: tagged("no") }, undefined))).toBe(
      `${properties}${APPLICATION_PROPERTIES}005377a1026e6f`,
    )
  })

  it("cannot hold what is nested too deeply", () => {
    let deep: unknown = 1
    for (let depth = 0; depth < 65; depth++) deep = [deep]
    expect(() => encodeResponse({ status: 200, body: tagged(deep) }, undefined)).toThrow(RangeError)
  })
})
