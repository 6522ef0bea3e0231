import type { Door } from "@polymq/broker"

/** Longest prefix that any protocol needs to be told apart: AMQP's header. */
const MAX_SNIFFED_BYTES = 8

/**
 * The door whose protocol these first bytes are; "need-more" while one may still recognise them. Bytes that are nobody's
 * go to the first door, so that the peer gets a protocol's own words.
 */
export function chooseDoor(doors: readonly [Door, ...Door[]], first: Uint8Array): Door | "need-more" {
  let isUndecided = false
  for (const door of doors) {
    const answer = door.recognises(first)
    if (answer === "yes") return door
    if (answer === "need-more") isUndecided = true
  }
  return isUndecided && first.length < MAX_SNIFFED_BYTES ? "need-more" : doors[0]
}
