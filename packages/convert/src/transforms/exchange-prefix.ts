import { encodeUtf8 } from "@polymq/wire"

/** Octets that addresses of one exchange begin with; exchange names do not change, so the last one is kept. */
export class ExchangePrefix {
  readonly #form: "/exchange/" | "/exchanges/"
  #exchange: string | undefined
  #bytes: Uint8Array = encodeUtf8("")

  constructor(form: "/exchange/" | "/exchanges/") {
    this.#form = form
  }

  of(exchange: string): Uint8Array {
    if (exchange !== this.#exchange) {
      this.#exchange = exchange
      this.#bytes = encodeUtf8(`${this.#form}${exchange}/`)
    }
    return this.#bytes
  }
}
