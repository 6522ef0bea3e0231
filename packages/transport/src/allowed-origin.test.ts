import { describe, expect, it } from "vitest"
import { isAllowedOrigin } from "./allowed-origin.ts"

describe("without a list, an origin", () => {
  it("is welcome when there is none: it is no browser", () => {
    expect(isAllowedOrigin(undefined, [])).toBe(true)
  })

  it.each([
    "http://localhost",
    "http://localhost:3000",
    "https://LOCALHOST:8443",
    "http://127.0.0.1:5173",
    "http://127.8.9.1",
    "http://[::1]:8080",
  ])("is welcome when it is of this machine: %s", (origin) => {
    expect(isAllowedOrigin(origin, [])).toBe(true)
  })

  it.each([
    "https://example.com",
    "http://localhost.example.com",
    "http://example.com/localhost",
    "http://localhost@example.com",
    "http://127.0.0.1.example.com",
    "http://example.com?localhost",
    "http://notlocalhost",
    "ftp://localhost",
    "null",
    "",
    "localhost",
  ])("is refused when it is of elsewhere: %j", (origin) => {
    expect(isAllowedOrigin(origin, [])).toBe(false)
  })
})

describe("a list of origins", () => {
  it("adds those that are equal, whatever their case, and no others", () => {
    const allowed = ["https://App.example.com", "null"]
    expect(isAllowedOrigin("https://app.example.com", allowed)).toBe(true)
    expect(isAllowedOrigin("null", allowed)).toBe(true)
    expect(isAllowedOrigin("http://localhost:1", allowed)).toBe(true)
    expect(isAllowedOrigin("http://app.example.com", allowed)).toBe(false)
    expect(isAllowedOrigin("https://app.example.com:8443", allowed)).toBe(false)
    expect(isAllowedOrigin("https://app.example.com.evil.example", allowed)).toBe(false)
  })

  it("may be everybody", () => {
    expect(isAllowedOrigin("https://example.com", ["*"])).toBe(true)
  })
})
