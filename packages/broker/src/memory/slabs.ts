import { Buffer } from "node:buffer"
import { type Message, messageBytes } from "@polymq/message"
import { copyBytes } from "@polymq/wire"

const SLAB_BYTES = 256 * 1024
/** Messages from this size on get memory of their own. */
const OWN_MEMORY_BYTES = SLAB_BYTES / 4

/**
 * Memory for messages that outlive the turn in which they arrived. A slab is never rewritten: it is freed by the garbage
 * collector with the last message in it, so views of it that are on their way to a socket stay good.
 */
export class Slabs {
  #slab = Buffer.alloc(0)
  #used = 0

  /** Copies the message's bytes here, unless they already make up at least half of the memory that they keep alive. */
  move(message: Message): void {
    const bytes = messageBytes(message)
    if (bytes === 0 || bytes * 2 >= retainedBytes(message)) return
    const target = this.#room(bytes)
    let at = this.#used
    this.#used += bytes
    at = copied(message.head, message.headStart, message.headEnd, target, at)
    message.headStart = at - (message.headEnd - message.headStart)
    message.headEnd = at
    message.head = target
    at = copied(message.sections, message.sectionsStart, message.sectionsEnd, target, at)
    message.sectionsStart = at - (message.sectionsEnd - message.sectionsStart)
    message.sectionsEnd = at
    message.sections = target
    at = copied(message.body, message.bodyStart, message.bodyEnd, target, at)
    message.bodyStart = at - (message.bodyEnd - message.bodyStart)
    message.bodyEnd = at
    message.body = target
    // A kept conversion shares the body of the chunk that this message has just left.
    message.cached = undefined
  }

  #room(bytes: number): Uint8Array {
    if (bytes > this.#slab.length - this.#used) {
      // Not cleared: messages see nothing of it but what was written for them.
      this.#slab = Buffer.allocUnsafeSlow(bytes >= OWN_MEMORY_BYTES ? bytes : SLAB_BYTES)
      this.#used = 0
    }
    return this.#slab
  }
}

/** Bytes of the buffers that a message keeps alive; ranges of one buffer count once. */
function retainedBytes(message: Message): number {
  const body = message.body.buffer
  const head = message.head.buffer
  const sections = message.sections.buffer
  let bytes = body.byteLength
  if (head !== body) bytes += head.byteLength
  if (sections !== body && sections !== head) bytes += sections.byteLength
  return bytes
}

/** Copies and returns the place behind the copy. */
function copied(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  copyBytes(from, start, end, to, at)
  return at + end - start
}
