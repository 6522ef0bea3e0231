import { type TopicNode, TopicWalk } from "./topic-walk.ts"

/** Values by exact MQTT topic, found again by filter. The number of levels of what is added must be bounded by the caller. */
export class TopicTree<Value> {
  readonly #root: TopicNode<Value> = { children: undefined, value: undefined }

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
        child = { children: undefined, value: undefined }
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

  /** A walk over the values of every topic that the filter matches. */
  walk(filter: string): TopicWalk<Value> {
    return new TopicWalk(this.#root, filter)
  }
}
