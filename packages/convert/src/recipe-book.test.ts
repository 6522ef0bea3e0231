import { FieldIndex } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { Recipe } from "./recipe.ts"
import { RecipeBook } from "./recipe-book.ts"

const BYTES = encodeUtf8("abcdefgh")

/** A book whose index lists a field and an entry with the key given. */
function bookOf(): { readonly book: RecipeBook; readonly scan: (key: string, type?: number) => Recipe | undefined } {
  const index = new FieldIndex()
  const book = new RecipeBook(index)
  const scan = (key: string, type = 1): Recipe | undefined => {
    const keyBytes = encodeUtf8(key)
    index.reset()
    index.add(3, type, BYTES, 0, 4)
    index.addEntry(7, 5, keyBytes, 0, keyBytes.length, 2, 0, 0)
    const found = book.find()
    if (found === undefined && book.isWanted) {
      book.keep(new Recipe(index, { decisions: [], changes: [], puts: [], losses: [] }))
    }
    return found
  }
  return { book, scan }
}

describe("a book of recipes", () => {
  it("wants a recipe for a shape that comes again, and finds it from then on", () => {
    const { scan } = bookOf()
    expect([scan("a"), scan("a")]).toEqual([undefined, undefined])
    const recipe = scan("a")
    expect(recipe).toBeInstanceOf(Recipe)
    expect(scan("a")).toBe(recipe)
  })

  it("finds none for another key, type or number of fields", () => {
    const { scan } = bookOf()
    for (let left = 3; left > 0; left--) scan("key")
    expect([scan("kez"), scan("ke"), scan("key", 2)]).toEqual([undefined, undefined, undefined])
    expect(scan("key")).toBeInstanceOf(Recipe)
  })

  it("finds none for a shape that comes twice in a row behind one that has a recipe", () => {
    const { scan } = bookOf()
    for (let left = 3; left > 0; left--) scan("key")
    expect([scan("key", 2), scan("key", 2)]).toEqual([undefined, undefined])
  })

  it("never takes a recipe for that of another shape, whose hash is equal", () => {
    const { scan } = bookOf()
    for (let left = 3; left > 0; left--) scan("key")
    const first = scan("key")
    for (let left = 3; left > 0; left--) expect(scan("kay")).not.toBe(first)
    expect(scan("kay")).toBeInstanceOf(Recipe)
  })

  it("keeps recipes of several shapes", () => {
    const { scan } = bookOf()
    const keys = ["a", "bb", "ccc", "dddd"]
    for (let left = 2; left > 0; left--) for (const key of keys) scan(key)
    const recipes = keys.map((key) => scan(key))
    expect(new Set(recipes).size).toBe(4)
    expect(keys.map((key) => scan(key))).toEqual(recipes)
  })

  it("gives up a recipe that was of no use eight times in a row", () => {
    const { book, scan } = bookOf()
    for (let left = 2; left > 0; left--) scan("a")
    const recipe = scan("a")
    for (let failures = 1; failures < 8; failures++) {
      if (recipe !== undefined) book.failed(recipe)
      expect(scan("a")).toBe(recipe)
    }
    if (recipe !== undefined) book.failed(recipe)
    expect(scan("a")).toBeUndefined()
    expect(scan("a")).not.toBe(recipe)
  })
})
