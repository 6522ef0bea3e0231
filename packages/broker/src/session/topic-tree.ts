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

  /** Visits the values of every topic that the filter matches; a leading wildcard passes over `$` topics (MQTT 5.0 section 4.7.2). */
  match(filter: string, visit: (value: Value) => void): void {
    walk(this.#root, filter.split("/"), 0, visit)
  }
}

function walk<Value>(
  node: TopicNode<Value>,
  levels: readonly string[],
  depth: number,
  visit: (value: Value) => void,
): void {
  const level = levels[depth]
  if (level === undefined) {
    if (node.value !== undefined) visit(node.value)
  } else if (level === "#") {
    everything(node, depth === 0, visit)
  } else if (level === "+") {
    for (const [name, child] of node.children ?? []) {
      if (depth > 0 || !name.startsWith("$")) walk(child, levels, depth + 1, visit)
    }
  } else {
    const child = node.children?.get(level)
    if (child !== undefined) walk(child, levels, depth + 1, visit)
  }
}

function everything<Value>(node: TopicNode<Value>, isRoot: boolean, visit: (value: Value) => void): void {
  if (node.value !== undefined) visit(node.value)
  for (const [name, child] of node.children ?? []) {
    if (!isRoot || !name.startsWith("$")) everything(child, false, visit)
  }
}
