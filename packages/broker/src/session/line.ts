/** Where an item stands; it stands in one line at a time. */
export class Place<Item> {
  readonly item: Item
  line: Line<Item> | undefined = undefined
  before: Place<Item> | undefined = undefined
  behind: Place<Item> | undefined = undefined

  constructor(item: Item) {
    this.item = item
  }

  /** Leaves the line, if it stands in one. */
  leave(): void {
    this.line?.remove(this)
  }
}

/** Items in a line, linked through their places: any of them leaves at once, however many there are. */
export class Line<Item> {
  #first: Place<Item> | undefined
  #last: Place<Item> | undefined

  get first(): Place<Item> | undefined {
    return this.#first
  }

  /** Puts the place at the end; it leaves the line in which it stands. */
  append(place: Place<Item>): void {
    place.leave()
    place.line = this
    place.before = this.#last
    if (this.#last === undefined) this.#first = place
    else this.#last.behind = place
    this.#last = place
  }

  /** The caller knows that the place is in this line. */
  remove(place: Place<Item>): void {
    if (place.before === undefined) this.#first = place.behind
    else place.before.behind = place.behind
    if (place.behind === undefined) this.#last = place.before
    else place.behind.before = place.before
    place.line = undefined
    place.before = undefined
    place.behind = undefined
  }
}
