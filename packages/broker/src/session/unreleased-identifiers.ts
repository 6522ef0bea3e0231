import type { UnreleasedPublishes } from "../api/client-session.ts"
import type { Ticket } from "../api/store.ts"

/** Packet identifiers are 16-bit numbers; a page has the bits of 2 048 of them. */
const PAGES = 32
const PAGE_BITS = 2048
const PAGE_WORDS = PAGE_BITS / 32

interface Page {
  readonly words: Uint32Array
  count: number
}

/**
 * A set of packet identifiers that is small while they are few or lie together, as those of most clients do, and never
 * above 16 KiB, whatever a peer puts in.
 */
export class UnreleasedIdentifiers implements UnreleasedPublishes {
  readonly #pages: (Page | undefined)[] = new Array<Page | undefined>(PAGES).fill(undefined)
  /** The page that was added to last: it stays when it is empty, because the next one comes here, too. */
  #current = 0
  #count = 0
  #lastTicket: Ticket = 0

  get count(): number {
    return this.#count
  }

  get lastTicket(): Ticket {
    return this.#lastTicket
  }

  has(packetId: number): boolean {
    const page = this.#pages[packetId >> 11]
    return page !== undefined && (((page.words[wordOf(packetId)] as number) >>> (packetId & 31)) & 1) === 1
  }

  add(packetId: number, ticket: Ticket): void {
    if (ticket > this.#lastTicket) this.#lastTicket = ticket
    if (this.has(packetId)) return
    const page = this.#pageFor(packetId >> 11)
    page.words[wordOf(packetId)] = (page.words[wordOf(packetId)] as number) | (1 << (packetId & 31))
    page.count++
    this.#count++
  }

  delete(packetId: number): boolean {
    const index = packetId >> 11
    const page = this.#pages[index]
    if (page === undefined || !this.has(packetId)) return false
    page.words[wordOf(packetId)] = (page.words[wordOf(packetId)] as number) & ~(1 << (packetId & 31))
    page.count--
    this.#count--
    if (page.count === 0 && index !== this.#current) this.#pages[index] = undefined
    return true
  }

  #pageFor(index: number): Page {
    if (index !== this.#current && this.#pages[this.#current]?.count === 0) this.#pages[this.#current] = undefined
    this.#current = index
    const known = this.#pages[index]
    if (known !== undefined) return known
    const page = { words: new Uint32Array(PAGE_WORDS), count: 0 }
    this.#pages[index] = page
    return page
  }
}

/** Index of the identifier's bit within its page, in words. */
function wordOf(packetId: number): number {
  return (packetId & (PAGE_BITS - 1)) >> 5
}
