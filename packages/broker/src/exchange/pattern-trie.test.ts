import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { KEY_PATTERNS, type PatternSyntax, PatternTrie, TOPIC_FILTERS } from "./pattern-trie.ts"

/** Matching as the standards put it, word by word, without any thought of speed. */
function matches(pattern: readonly string[], subject: readonly string[], syntax: PatternSyntax): boolean {
  const [wanted, ...restOfPattern] = pattern
  const [word, ...restOfSubject] = subject
  if (wanted === undefined) return word === undefined
  if (wanted === syntax.many) {
    return matches(restOfPattern, subject, syntax) || (word !== undefined && matches(pattern, restOfSubject, syntax))
  }
  return (
    word !== undefined && (wanted === syntax.one || wanted === word) && matches(restOfPattern, restOfSubject, syntax)
  )
}

function found(trie: PatternTrie<string>, subject: string): string[] {
  const values: string[] = []
  trie.match(subject, (value) => values.push(value))
  return values.toSorted()
}

describe("binding patterns", () => {
  it.each([
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["*", "a", true],
    ["*", "", false],
    ["*", "a.b", false],
    ["*.*", ".", true],
    ["", "", true],
    ["#", "", true],
    ["#", "a.b.c", true],
    ["a.#", "a", true],
    ["a.#", "b", false],
    ["#.b", "b", true],
    ["#.b", "a.a.b", true],
    ["a.#.b", "a.b", true],
    ["a.#.*", "a", false],
    ["*.#.*", "a.b", true],
    ["#.#", "", true],
    ["a/b", "a/b", true],
    ["+", "+", true],
    ["+", "a", false],
  ])("%j and key %j: %j", (pattern, key, expected) => {
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    trie.add(pattern, pattern)
    expect(found(trie, key)).toEqual(expected ? [pattern] : [])
  })

  it("match as words do one by one, also after some were removed", () => {
    const word = fc.constantFrom("a", "b", "", "*", "#")
    const patterns = fc.uniqueArray(
      fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(".")),
      {
        maxLength: 12,
      },
    )
    const keys = fc.array(fc.constantFrom("a", "b", ""), { minLength: 1, maxLength: 6 }).map((words) => words.join("."))
    fc.assert(
      fc.property(patterns, fc.array(keys, { maxLength: 6 }), fc.nat(12), (all, subjects, removed) => {
        const trie = new PatternTrie<string>(KEY_PATTERNS)
        for (const pattern of all) trie.add(pattern, pattern)
        for (const pattern of all.slice(0, removed)) trie.remove(pattern, pattern)
        const words = (text: string) => (text === "" ? [] : text.split("."))
        for (const subject of subjects) {
          const expected = all.slice(removed).filter((pattern) => matches(words(pattern), words(subject), KEY_PATTERNS))
          expect(found(trie, subject)).toEqual(expected.toSorted())
        }
      }),
      { numRuns: 300 },
    )
  })

  it("stay linear in the key however many wildcards a pattern has", () => {
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    const worst = `${"#.a.".repeat(60)}#.z`
    trie.add(worst, "worst")
    trie.add(`${"#.".repeat(120)}z`, "collapsed")
    const startedAt = performance.now()
    for (let round = 0; round < 20; round++) expect(found(trie, `${"a.".repeat(120)}y`)).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })
})

describe("MQTT topic filters", () => {
  it.each([
    ["sport/tennis/player1/#", "sport/tennis/player1", true],
    ["sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true],
    ["sport/#", "sport", true],
    ["#", "sport", true],
    ["sport/tennis/+", "sport/tennis/player1/ranking", false],
    ["sport/+", "sport", false],
    ["sport/+", "sport/", true],
    ["+/+", "/finance", true],
    ["/+", "/finance", true],
    ["+", "/finance", false],
    ["#", "$SYS/uptime", false],
    ["+/uptime", "$SYS/uptime", false],
    ["$SYS/#", "$SYS/uptime", true],
    ["$SYS/+", "$SYS/uptime", true],
    ["a/$b", "a/$b", true],
    ["a/+", "a/$b", true],
    ["a.b", "a/b", false],
    ["*", "a", false],
  ])("%j and topic %j: %j (MQTT 5.0 section 4.7)", (filter, topic, expected) => {
    const trie = new PatternTrie<string>(TOPIC_FILTERS)
    trie.add(filter, filter)
    expect(found(trie, topic)).toEqual(expected ? [filter] : [])
  })

  it("match as levels do one by one", () => {
    const level = fc.constantFrom("a", "b", "", "$s")
    const filterLevels = fc.tuple(
      fc.array(fc.oneof(level, fc.constant("+")), { minLength: 1, maxLength: 5 }),
      fc.boolean(),
    )
    const filters = fc.uniqueArray(
      filterLevels.map(([levels, isOpen]) => [...levels, ...(isOpen ? ["#"] : [])].join("/")),
      { maxLength: 12 },
    )
    const topics = fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/"))
    fc.assert(
      fc.property(filters, topics, (all, topic) => {
        const trie = new PatternTrie<string>(TOPIC_FILTERS)
        for (const filter of all) trie.add(filter, filter)
        const expected = all.filter((filter) => {
          const levels = filter.split("/")
          if (topic.startsWith("$") && (levels[0] === "+" || levels[0] === "#")) return false
          return matches(levels, topic.split("/"), TOPIC_FILTERS)
        })
        expect(found(trie, topic)).toEqual(expected.toSorted())
      }),
      { numRuns: 300 },
    )
  })
})
