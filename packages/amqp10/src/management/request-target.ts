import { Refusal } from "./refusal.ts"

/** Where a request goes: the property `to`, split. */
export interface RequestTarget {
  /** Parts of the path as they were sent, percent-encoded. */
  readonly segments: readonly string[]
  readonly query: URLSearchParams
}

/** Splits a path with its query (RFC 3986). Raises `Refusal` 400 for what is no path or not percent-encoded UTF-8. */
export function parseRequestTarget(text: string): RequestTarget {
  const question = text.indexOf("?")
  const path = question < 0 ? text : text.slice(0, question)
  if (!path.startsWith("/")) throw malformed(text, "a path begins with a slash")
  if (decoded(text) === undefined) throw malformed(text, "invalid percent-encoding")
  return {
    segments: path.slice(1).split("/"),
    query: new URLSearchParams(question < 0 ? "" : text.slice(question + 1)),
  }
}

/** A percent-encoded part of a path that `parseRequestTarget` has taken. */
export function decodedSegment(segment: string): string {
  return decoded(segment) ?? segment
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function malformed(text: string, reason: string): Refusal {
  return new Refusal(400, `failed to normalize URI '${text}': ${reason}`)
}
