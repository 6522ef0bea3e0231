class TopicNode<Value> {
  children: Map<string, TopicNode<Value>> | undefined = undefined
  value: Value | undefined = undefined
}

/** Values by exact MQTT topic, found again by filter. The number of levels of what is added must be bounded by the caller. */
export class TopicTree<Value> {
  readonly #root = new TopicNode<Value>()

  get(topic: string): Value | undefined {
    let node: TopicNode<Value> | undefined = this.#root
    for (const level of topic.split("/")) node = node?.children?.get(level)
    return node?.value
  }

  set(topic: string, value: Value): void {
    let node = this.#root
    for (const level of topic.split("/")) {
      node.children ??= new Map()
      let child = node.children.get(level)
      if (child === undefined) {
        child = new TopicNode()
        node.children.set(level, child)
      }
      node = child
    }
    node.value = value
  }

  delete(topic: string): void {
    const levels = topic.split("/")
    const path: TopicNode<Value>[] = [this.#root]
    for (const level of levels) {
      const next = path.at(-1)?.children?.get(level)
      if (next === undefined) return
      path.push(next)
    }
    const last = path.at(-1)
    if (last !== undefined) last.value = undefined
    for (let depth = levels.length; depth > 0; depth--) {
      const node = path[depth]
      if (node === undefined || node.value !== undefined || node.children?.size) return
      path[depth - 1]?.children?.delete(levels[depth - 1] ?? "")
    }
  }

  /**
   * The values of every topic that the filter matches; a leading wildcard passes over `$` topics (MQTT 5.0 section 4.7.2).
   * The tree is walked no further than the values are asked for, and must not change meanwhile.
   */
  *match(filter: string): Generator<Value> {
    const levels = filter.split("/")
    // A stack of its own: the depth of the tree is a matter of configuration.
    const open: Branching<Value>[] = []
    let depth = 0
    for (let node: TopicNode<Value> | undefined = this.#root; ; ) {
      const level = levels[depth]
      const isWild = level === "#" || level === "+"
      if (node?.value !== undefined && (level === undefined || level === "#")) yield node.value
      if (node?.children !== undefined && isWild) {
        open.push({
          children: node.children.entries(),
          depth: level === "#" ? depth : depth + 1,
          isRoot: node === this.#root,
        })
      }
      if (node?.children !== undefined && level !== undefined && !isWild) {
        node = node.children.get(level)
        depth++
        continue
      }
      node = nextBranch(open)
      if (node === undefined) return
      depth = open.at(-1)?.depth ?? 0
    }
  }
}

/** A node whose children are taken one after the other. */
interface Branching<Value> {
  readonly children: Iterator<[name: string, child: TopicNode<Value>]>
  /** Of the level that the children have to match. */
  readonly depth: number
  readonly isRoot: boolean
}

/** The next child of the innermost node that has one left; undefined when none has. */
function nextBranch<Value>(open: Branching<Value>[]): TopicNode<Value> | undefined {
  for (let innermost = open.at(-1); innermost !== undefined; innermost = open.at(-1)) {
    const { done, value } = innermost.children.next()
    if (done === true) open.pop()
    else if (!innermost.isRoot || !value[0].startsWith("$")) return value[1]
  }
  return undefined
}
