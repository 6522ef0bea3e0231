/** Topics looked back on to see which ones repeat. */
const RECENT_TOPICS = 16

/** What an alias book says of a delivery's topic. */
export interface AliasUse {
  /** 0: send the topic without an alias. */
  alias: number
  /** The client knows the alias: the topic stays empty. */
  isKnown: boolean
}

/**
 * Topic aliases that the server sends (MQTT 5.0 section 3.3.2.3.4). A topic gets one when it repeats among the last
 * few, until all that the client allows are given; an alias is never given to another topic.
 */
export class OutgoingAliases {
  readonly #maximum: number
  readonly #aliases = new Map<string, number>()
  readonly #recent: string[] = []
  #nextRecent = 0
  readonly #use: AliasUse = { alias: 0, isKnown: false }

  constructor(maximum: number) {
    this.#maximum = maximum
  }

  /** How to send this topic; the result is reused by the next call. */
  use(topic: string): AliasUse {
    const use = this.#use
    use.alias = this.#aliases.get(topic) ?? 0
    use.isKnown = use.alias !== 0
    if (use.isKnown || this.#aliases.size >= this.#maximum) return use
    if (this.#recent.includes(topic)) use.alias = this.#aliases.size + 1
    else this.#remember(topic)
    return use
  }

  /** The alias was sent with its topic. */
  taught(topic: string, alias: number): void {
    this.#aliases.set(topic, alias)
  }

  #remember(topic: string): void {
    this.#recent[this.#nextRecent] = topic
    this.#nextRecent = (this.#nextRecent + 1) % RECENT_TOPICS
  }
}
