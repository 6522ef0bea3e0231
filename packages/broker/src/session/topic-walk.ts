/** One level of a topic: the levels below it, and what is kept under the topic that ends here. */
export interface TopicNode<Value> {
  children: Map<string, TopicNode<Value>> | undefined
  value: Value | undefined
}

/** A node whose children are taken one after the other. */
interface Branching<Value> {
  readonly children: Iterator<[name: string, child: TopicNode<Value>]>
  /** Of the level that the children have to match. */
  readonly depth: number
  readonly isRoot: boolean
}

/**
 * Finds the values of every topic that a filter matches; a leading wildcard passes over `$` topics (MQTT 5.0 section
 * 4.7.2). It takes one node at a time and may rest in between as long as it likes: what is added to or taken from the
 * tree meanwhile is found or not, everything else is.
 */
export class TopicWalk<Value> {
  readonly #levels: readonly string[]
  readonly #root: TopicNode<Value>
  // A stack of its own: the depth of the tree is a matter of configuration.
  readonly #open: Branching<Value>[] = []
  #node: TopicNode<Value> | undefined
  /** Of the level that the next node's children have to match. */
  #depth = 0

  constructor(root: TopicNode<Value>, filter: string) {
    this.#levels = filter.split("/")
    this.#root = root
    this.#node = root
  }

  get isOver(): boolean {
    return this.#node === undefined && this.#open.length === 0
  }

  /** Looks at one more node, at constant cost; its value where the filter matches its topic. */
  step(): Value | undefined {
    const node = this.#node ?? this.#nextChild()
    if (node === undefined) return undefined
    const depth = this.#depth
    const level = this.#levels[depth]
    const isOpen = level === "#"
    if (node.children === undefined || level === undefined) {
      this.#node = undefined
    } else if (isOpen || level === "+") {
      this.#node = undefined
      const isRoot = node === this.#root
      this.#open.push({ children: node.children.entries(), depth: isOpen ? depth : depth + 1, isRoot })
    } else {
      this.#node = node.children.get(level)
      this.#depth = depth + 1
    }
    return level === undefined || isOpen ? node.value : undefined
  }

  /** The next child of the innermost open node; undefined when it has none left, or one that is passed over. */
  #nextChild(): TopicNode<Value> | undefined {
    const innermost = this.#open.at(-1)
    if (innermost === undefined) return undefined
    const { done, value } = innermost.children.next()
    if (done === true) {
      this.#open.pop()
      return undefined
    }
    if (innermost.isRoot && value[0].startsWith("$")) return undefined
    this.#depth = innermost.depth
    return value[1]
  }
}
