/** What an alias book says of a delivery's topic. */
export interface AliasUse {
  /** 0: send the topic without an alias. */
  alias: number
  /** The client knows the alias: the topic stays empty. */
  isKnown: boolean
}

/**
 * Topic aliases that the server sends (MQTT 5.0 section 3.3.2.3.4). A topic gets one with its first message, until all
 * that the client allows are given; an alias is never given to another topic.
 */
export class OutgoingAliases {
  readonly #maximum: number
  readonly #aliases = new Map<string, number>()
  readonly #use: AliasUse = { alias: 0, isKnown: false }

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /** How to send this topic; the result is reused by the next call. */
  use(topic: string): AliasUse {
    const use = this.#use
    const known = this.#aliases.get(topic)
    const given = this.#aliases.size
    use.isKnown = known !== undefined
    use.alias = known ?? (given < this.#maximum ? given + 1 : 0)
    return use
  }

  /** The alias was sent with its topic. */
  taught(topic: string, alias: number): void {
    this.#aliases.set(topic, alias)
  }
}
