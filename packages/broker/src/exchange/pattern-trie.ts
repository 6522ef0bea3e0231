/** How patterns of one kind are written. */
export interface PatternSyntax {
  /** Between the words of a subject and of a pattern. */
  readonly separator: string
  /** Stands for exactly one word. */
  readonly one: string
  /** Stands for any number of words. */
  readonly many: string
  /** Whether an empty subject has no words at all, instead of one empty word. */
  readonly emptyHasNoWords: boolean
  /** Whether a leading wildcard passes over subjects that begin with `$` (MQTT 5.0 section 4.7.2). */
  readonly hidesDollar: boolean
}

/** Binding patterns of a topic exchange (AMQP 0.9.1 section 3.1.3.3). */
export const KEY_PATTERNS: PatternSyntax = {
  separator: ".",
  one: "*",
  many: "#",
  emptyHasNoWords: true,
  hidesDollar: false,
}

/** MQTT topic filters (MQTT 5.0 section 4.7). */
export const TOPIC_FILTERS: PatternSyntax = {
  separator: "/",
  one: "+",
  many: "#",
  emptyHasNoWords: false,
  hidesDollar: true,
}

/** Most nodes have one child or one value: maps and sets are made when they are needed. */
class TrieNode<Value> {
  children: Map<string, TrieNode<Value>> | undefined = undefined
  /** The node behind a wildcard for one word. */
  one: TrieNode<Value> | undefined = undefined
  /** The node behind a wildcard for many words; it also stays where it is. */
  many: TrieNode<Value> | undefined = undefined
  readonly isMany: boolean
  values: Set<Value> | undefined = undefined
  /** Number of the step that has reached the node last: a step reaches it once. */
  reachedAt = 0
  /** First step of the match that has visited the values last; only of a wildcard for many words. */
  visitedIn = 0

  constructor(isMany: boolean) {
    this.isMany = isMany
  }

  get isEmpty(): boolean {
    return !this.values?.size && this.many === undefined && !this.goesOn
  }

  /** Whether a further word can lead anywhere. */
  get goesOn(): boolean {
    return this.one !== undefined || (this.children !== undefined && this.children.size > 0)
  }
}

/**
 * Patterns as a trie that is walked as a non-deterministic automaton: a step per word of the subject, in which every
 * node is reached at most once. No pattern, however many wildcards it has, makes a match worse than linear in the subject;
 * a wildcard for many words at the end of a pattern has matched as soon as it is reached, whatever follows.
 */
export class PatternTrie<Value> {
  readonly #syntax: PatternSyntax
  readonly #root = new TrieNode<Value>(false)
  #step = 0
  /** Of the match under way. */
  #firstStep = 0
  #size = 0
  #reached = 0

  constructor(syntax: PatternSyntax) {
    this.#syntax = syntax
  }

  /** Nodes that the patterns take. */
  get size(): number {
    return this.#size
  }

  /** Nodes that all matches so far have reached: what they have cost. */
  get reached(): number {
    return this.#reached
  }

  add(pattern: string, value: Value): void {
    let node = this.#root
    for (const word of this.#words(pattern)) node = this.#childFor(node, word)
    node.values ??= new Set()
    node.values.add(value)
  }

  remove(pattern: string, value: Value): void {
    const path: { readonly node: TrieNode<Value>; readonly word: string }[] = []
    let node = this.#root
    for (const word of this.#words(pattern)) {
      const next = this.#existing(node, word)
      if (next === undefined) return
      // Consecutive wildcards for many words are one node.
      if (next !== node) path.push({ node: next, word })
      node = next
    }
    node.values?.delete(value)
    for (let depth = path.length - 1; depth >= 0; depth--) {
      const step = path[depth]
      if (step === undefined || !step.node.isEmpty) return
      this.#cut(path[depth - 1]?.node ?? this.#root, step.word)
    }
  }

  /** Visits every value whose pattern matches, each once per pattern. */
  match(subject: string, visit: (value: Value) => void): void {
    const { separator, emptyHasNoWords, hidesDollar } = this.#syntax
    const isHidden = hidesDollar && subject.startsWith("$")
    this.#firstStep = ++this.#step
    let active: TrieNode<Value>[] = []
    this.#reach(this.#root, active, visit, isHidden)
    // Words are cut off one by one: most matches are over long before the end of a long subject.
    for (let from = 0, to = 0; to !== -1 && !(emptyHasNoWords && subject === ""); from = to + 1) {
      to = subject.indexOf(separator, from)
      const word = to === -1 ? subject.slice(from) : subject.slice(from, to)
      this.#step++
      const next: TrieNode<Value>[] = []
      for (const node of active) {
        const child = node.children?.get(word)
        if (child !== undefined) this.#reach(child, next, visit, false)
        if (node.one !== undefined && !(isHidden && from === 0)) this.#reach(node.one, next, visit, false)
        if (node.isMany) this.#reach(node, next, visit, false)
      }
      if (next.length === 0) return
      active = next
    }
    for (const node of active) {
      if (!node.isMany) visitValues(node, visit)
    }
  }

  /** Adds a node and what a wildcard for no words leads to, unless it `isHidden`. */
  #reach(node: TrieNode<Value>, to: TrieNode<Value>[], visit: (value: Value) => void, isHidden: boolean): void {
    if (node.reachedAt === this.#step) return
    node.reachedAt = this.#step
    this.#reached++
    if (node.isMany && node.visitedIn !== this.#firstStep) {
      node.visitedIn = this.#firstStep
      visitValues(node, visit)
    }
    if (!node.isMany || node.goesOn) to.push(node)
    if (node.many !== undefined && !isHidden) this.#reach(node.many, to, visit, false)
  }

  #words(text: string): readonly string[] {
    return text === "" && this.#syntax.emptyHasNoWords ? [] : text.split(this.#syntax.separator)
  }

  #childFor(node: TrieNode<Value>, word: string): TrieNode<Value> {
    const existing = this.#existing(node, word)
    if (existing !== undefined) return existing
    const child = new TrieNode<Value>(word === this.#syntax.many)
    this.#size++
    if (word === this.#syntax.one) node.one = child
    else if (word === this.#syntax.many) node.many = child
    else {
      node.children ??= new Map()
      node.children.set(word, child)
    }
    return child
  }

  #existing(node: TrieNode<Value>, word: string): TrieNode<Value> | undefined {
    if (word === this.#syntax.one) return node.one
    if (word === this.#syntax.many) return node.isMany ? node : node.many
    return node.children?.get(word)
  }

  #cut(parent: TrieNode<Value>, word: string): void {
    this.#size--
    if (word === this.#syntax.one) parent.one = undefined
    else if (word === this.#syntax.many) parent.many = undefined
    else parent.children?.delete(word)
  }
}

function visitValues<Value>(node: TrieNode<Value>, visit: (value: Value) => void): void {
  if (node.values === undefined) return
  for (const value of node.values) visit(value)
}
