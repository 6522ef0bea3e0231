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

  it("take one node for any number of wildcards in a row", () => {
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    trie.add(`${"#.".repeat(120)}z`, "collapsed")
    trie.add("#.z", "plain")
    expect(trie.size).toBe(2)
    expect(found(trie, `${"a.".repeat(120)}z`)).toEqual(["collapsed", "plain"])
    expect(found(trie, `${"a.".repeat(120)}y`)).toEqual([])
  })

  it("reach each node once per word at most, whatever the patterns are", () => {
    const words = ["a", "*", "#"]
    const patterns = words.flatMap((first) =>
      words.flatMap((second) => words.flatMap((third) => words.map((last) => `${first}.${second}.${third}.${last}.z`))),
    )
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    for (const pattern of patterns) trie.add(pattern, pattern)
    trie.add(`${"#.a.".repeat(60)}#.z`, "long")
    expect(found(trie, `${"a.".repeat(127)}y`)).toEqual([])
    // 128 words, and what is reached before the first.
    expect(trie.reached).toBeLessThanOrEqual(129 * (trie.size + 1))
  })

  it.each(["#.k%.#", "*.k%.#", "#.b.#.k%", "*.*.k%", "#.*.k%.*", "k%.#.k%", "#.k%.*.#.z"])(
    "of ten thousand bindings such as %s cost a few steps per word",
    (form) => {
      const trie = new PatternTrie<string>(KEY_PATTERNS)
      for (let index = 0; index < 10_000; index++) trie.add(form.replaceAll("%", `${index}`), `${index}`)
      found(trie, "k77.b.k77.z")
      // Four words; a node for each wildcard and for the word itself.
      expect(trie.reached).toBeLessThanOrEqual(5 * 5)
    },
  )

  it("with a last wildcard have matched as soon as it is reached, however long the key", () => {
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    for (const pattern of ["#", "a.#", "a.*.#"]) trie.add(pattern, pattern)
    expect(found(trie, `a.b${".c".repeat(30_000)}`)).toEqual(["#", "a.#", "a.*.#"])
    expect(trie.reached).toBeLessThanOrEqual(8)
  })

  it("leave nothing behind when they are removed", () => {
    const trie = new PatternTrie<number>(KEY_PATTERNS)
    const pattern = (index: number) => `${index % 7}.*.#.${index}.#`
    for (let index = 0; index < 100_000; index++) {
      trie.add(pattern(index), index)
      if (index >= 1000) trie.remove(pattern(index - 1000), index - 1000)
      // Two nodes for each of the latest thousand, and three for each of seven beginnings.
      expect(trie.size).toBeLessThanOrEqual(2 * 1001 + 3 * 7)
    }
    for (let index = 99_000; index < 100_000; index++) trie.remove(pattern(index), index)
    expect(trie.size).toBe(0)
  })

  it("stay as they are when something is removed that was never there", () => {
    const trie = new PatternTrie<string>(KEY_PATTERNS)
    trie.add("a.#.b", "kept")
    trie.remove("a.#.b", "other")
    trie.remove("a.#", "kept")
    trie.remove("a.#.b.c", "kept")
    expect(found(trie, "a.x.b")).toEqual(["kept"])
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
