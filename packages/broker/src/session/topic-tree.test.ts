import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PatternTrie, TOPIC_FILTERS } from "../exchange/pattern-trie.ts"
import { TopicTree } from "./topic-tree.ts"

const level = fc.constantFrom("a", "b", "", "$s")
const topics = fc.uniqueArray(
  fc.array(level, { minLength: 1, maxLength: 4 }).map((levels) => levels.join("/")),
  { maxLength: 15 },
)

function found<Value>(tree: TopicTree<Value>, filter: string): Value[] {
  const values: Value[] = []
  for (const walk = tree.walk(filter); !walk.isOver; ) {
    const value = walk.step()
    if (value !== undefined) values.push(value)
  }
  return values
}

describe("a tree of topics", () => {
  it("finds for a filter what the filter would find one by one", () => {
    const filters = fc
      .tuple(fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([levels, isOpen]) => [...levels, ...(isOpen ? ["#"] : [])].join("/"))
    fc.assert(
      fc.property(topics, filters, fc.nat(15), (all, filter, removed) => {
        const tree = new TopicTree<string>()
        for (const topic of all) tree.set(topic, topic)
        for (const topic of all.slice(0, removed)) tree.delete(topic)
        const trie = new PatternTrie<boolean>(TOPIC_FILTERS)
        trie.add(filter, true)
        const expected = all.slice(removed).filter((topic) => {
          let isMatch = false
          trie.match(topic, () => {
            isMatch = true
          })
          return isMatch
        })
        expect(found(tree, filter).toSorted()).toEqual(expected.toSorted())
        for (const [index, topic] of all.entries()) expect(tree.get(topic)).toBe(index < removed ? undefined : topic)
      }),
      { numRuns: 300 },
    )
  })

  it("keeps the topics below one that is removed", () => {
    const tree = new TopicTree<number>()
    tree.set("a", 1)
    tree.set("a/b", 2)
    tree.delete("a")
    tree.delete("a/x")
    expect(tree.get("a")).toBeUndefined()
    expect(tree.get("a/b")).toBe(2)
  })
})
