import { connect } from "node:net"

/**
 * A raw socket whose bytes are cut into frames by a length function; small enough that the broker, not the client, is measured.
 * `frameBytes(bytes, start)` returns the size of the frame at `start`, or 0 while it is not known yet.
 */
export class RawConnection {
  #rest = Buffer.alloc(0)
  #waiting = undefined

  constructor(port, frameBytes) {
    this.frameBytes = frameBytes
    this.onFrame = () => false
    this.socket = connect(port, "127.0.0.1")
    this.socket.setNoDelay(true)
    this.socket.on("data", (chunk) => this.#receive(chunk))
  }

  write(bytes) {
    this.socket.write(bytes)
  }

  /** Resolves with the first frame that `accepts` takes; others are passed over. */
  frame(accepts = () => true) {
    return new Promise((resolve, reject) => {
      this.#waiting = { accepts, resolve }
      this.socket.once("close", () => reject(new Error("the broker closed the connection")))
    })
  }

  close() {
    this.socket.removeAllListeners("close")
    this.socket.destroy()
  }

  #receive(chunk) {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    while (at < bytes.length) {
      const size = this.frameBytes(bytes, at)
      if (size === 0 || at + size > bytes.length) break
      this.#take(bytes, at, at + size)
      at += size
    }
    this.#rest = bytes.subarray(at)
  }

  #take(bytes, start, end) {
    const waiting = this.#waiting
    if (waiting === undefined) {
      this.onFrame(bytes, start, end)
      return
    }
    const frame = Buffer.from(bytes.subarray(start, end))
    if (!waiting.accepts(frame)) return
    this.#waiting = undefined
    waiting.resolve(frame)
  }
}
