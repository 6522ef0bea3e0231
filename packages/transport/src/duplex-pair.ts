import { Duplex } from "node:stream"

/** One end of a pair: what is written here is read at the other end. */
class End extends Duplex {
  #other: End | undefined
  #resume: (() => void) | undefined

  join(other: End): void {
    this.#other = other
  }

  override _read(): void {
    const resume = this.#resume
    this.#resume = undefined
    resume?.()
  }

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // A copy: the writer may reuse its buffer as soon as `done` is called.
    this.#other?.accept(Uint8Array.prototype.slice.call(chunk), done)
  }

  override _final(done: () => void): void {
    this.#other?.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#resume = undefined
    done(error)
    const other = this.#other
    this.#other = undefined
    if (other !== undefined && !other.destroyed) setImmediate(() => other.destroy())
  }

  /** Takes bytes from the other end; `taken` waits until somebody reads. */
  accept(bytes: Uint8Array, taken: () => void): void {
    if (this.push(bytes)) taken()
    else this.#resume = taken
  }
}

/** Two ends of an in-memory connection with the backpressure of a socket. */
export function connectPair(): readonly [client: Duplex, server: Duplex] {
  const client = new End({ allowHalfOpen: true })
  const server = new End({ allowHalfOpen: true })
  client.join(server)
  server.join(client)
  return [client, server]
}
