import { Buffer } from "node:buffer"
import { Duplex } from "node:stream"
import type { WebSocket } from "ws"

/** Status codes of a close frame (RFC 6455, 7.4.1). */
const CLOSE = { normal: 1000, unsupportedData: 1003, abnormal: 1006, messageTooBig: 1009 } as const
/** Constants of `WebSocket.readyState`. */
const OPEN = 1
/** How every write leaves. */
const BINARY = { binary: true, compress: false }

type Done = (error?: Error | null) => void

/**
 * The bytes that pass through a WebSocket: the payloads of its binary messages, one after the other; each write is a
 * message. Until something was written to the peer, which is when it has logged in or failed to, it may send
 * `maxUnansweredBytes` and no more.
 */
export class WebSocketStream extends Duplex {
  readonly #webSocket: WebSocket
  readonly #transport: Duplex
  readonly #maxUnansweredBytes: number
  #unansweredBytes = 0
  /** Nothing was written yet. */
  #isUnanswered = true
  /** More than the reader takes at present has arrived. */
  #isFull = false
  /** It is to be seen whether what has arrived is answered. */
  #isHeld = false
  /** The peer was told that it broke a rule; the library waits for its goodbye. */
  #isRefused = false
  /** Waits until what was written has been taken. */
  #done: Done | undefined

  /** `transport` is the socket below the WebSocket, whose `data` is only counted. */
  constructor(webSocket: WebSocket, transport: Duplex, maxUnansweredBytes: number) {
    super()
    this.#webSocket = webSocket
    this.#transport = transport
    this.#maxUnansweredBytes = maxUnansweredBytes
    webSocket.on("message", (data, isBinary) => this.#take(data, isBinary))
    webSocket.on("error", (error) => this.#broken(`WebSocket: ${error.message}`))
    webSocket.on("close", (code) => this.#closed(code))
    transport.on("data", this.#count)
  }

  override _read(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#answered()
    const webSocket = this.#webSocket
    // What would reach nobody is dropped, as a socket does whose peer has closed.
    if (webSocket.readyState !== OPEN) {
      done()
      return
    }
    this.#done = done
    webSocket.send(chunk, BINARY, this.#sent)
    // Told at once, as by a socket: what was taken need not be waited for.
    if (webSocket.bufferedAmount === 0) this.#takeDone()
  }

  override _final(done: Done): void {
    this.#webSocket.close(CLOSE.normal)
    done()
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#answered()
    this.#done = undefined
    if (!this.#isRefused) this.#webSocket.terminate()
    done(error)
  }

  #take(data: unknown, isBinary: boolean): void {
    if (this.destroyed || !Buffer.isBuffer(data)) return
    if (!isBinary) this.#refuse(CLOSE.unsupportedData, "a text frame, where only binary ones belong [MQTT-6.0.0-1]")
    else if (data.length > 0 && !this.push(data)) {
      this.#isFull = true
      this.#webSocket.pause()
    }
  }

  readonly #count = (chunk: Buffer): void => {
    this.#unansweredBytes += chunk.length
    if (this.#unansweredBytes <= this.#maxUnansweredBytes || this.#isHeld) return
    // The answer may be on its way: it leaves at the end of the turn.
    this.#isHeld = true
    this.#webSocket.pause()
    setImmediate(() => this.#judge())
  }

  #judge(): void {
    this.#isHeld = false
    if (this.destroyed) return
    if (this.#isUnanswered) this.#refuse(CLOSE.messageTooBig, `${this.#unansweredBytes} bytes before the login is over`)
    else this.#resume()
  }

  #answered(): void {
    if (!this.#isUnanswered) return
    this.#isUnanswered = false
    this.#transport.off("data", this.#count)
  }

  #resume(): void {
    if (!this.#isFull && !this.#isHeld) this.#webSocket.resume()
  }

  readonly #sent = (): void => {
    const { bufferedAmount, readyState } = this.#webSocket
    if (bufferedAmount === 0 || readyState !== OPEN) this.#takeDone()
  }

  #takeDone(): void {
    const done = this.#done
    this.#done = undefined
    done?.()
  }

  #refuse(code: number, reason: string): void {
    this.#webSocket.close(code, reason)
    this.#broken(reason)
  }

  /** The library has said goodbye to the peer, and waits for the answer by itself. */
  #broken(reason: string): void {
    this.#isRefused = true
    // What arrives from now on is discarded, so that the peer's goodbye is found behind it.
    this.#webSocket.resume()
    this.destroy(new Error(reason))
  }

  #closed(code: number): void {
    if (this.destroyed) return
    this.#takeDone()
    const { errored, readableEnded } = this.#transport
    if (errored !== null) this.destroy(errored)
    // Only the library can have ended it, which does so for one reason.
    else if (code === CLOSE.abnormal && !readableEnded) this.destroy(new Error("pings without reading the answers"))
    else this.push(null)
  }
}
