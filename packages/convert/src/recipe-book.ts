import type { FieldIndex } from "@polymq/message"
import { hashOf, type Recipe } from "./recipe.ts"

/** Recipes kept per table: a power of two. */
const PLACES = 64

/** Fields of the largest message that a recipe is made for. */
const MAX_FIELDS = 64

/** After so many messages in a row that were decided otherwise, a recipe makes room for another. */
const MAX_FAILURES = 8

/** The recipes of one table. One is made when a shape comes for the second time; those found by equal hashes replace each other. */
export class RecipeBook {
  readonly #index: FieldIndex
  readonly #recipes: (Recipe | undefined)[] = Array<Recipe | undefined>(PLACES).fill(undefined)
  readonly #hashes = new Int32Array(PLACES)
  /** The recipe for the message before this one, if there was one. */
  #last: Recipe | undefined
  #place = 0
  #isSecond = false

  constructor(index: FieldIndex) {
    this.#index = index
  }

  /** The recipe for the message in the index; undefined where there is none. */
  find(): Recipe | undefined {
    const last = this.#last
    if (last !== undefined && this.#index.isLikeBefore && last.hasKeys()) return last
    const hash = hashOf(this.#index)
    const place = hash & (PLACES - 1)
    const recipe = this.#recipes[place]
    this.#last = recipe?.fits() === true ? recipe : undefined
    if (this.#last !== undefined) return recipe
    this.#isSecond = this.#hashes[place] === hash
    this.#hashes[place] = hash
    this.#place = place
    return undefined
  }

  /** Whether a recipe is wanted for the message that `find` found none for. */
  get isWanted(): boolean {
    return this.#isSecond && this.#index.count <= MAX_FIELDS
  }

  keep(recipe: Recipe): void {
    this.#recipes[this.#place] = this.#last = recipe
  }

  /** A recipe decided otherwise than its message needs. */
  failed(recipe: Recipe): void {
    this.#isSecond = false
    if (++recipe.failures < MAX_FAILURES) return
    const place = this.#recipes.indexOf(recipe)
    if (place >= 0) this.#recipes[place] = undefined
    if (this.#last === recipe) this.#last = undefined
  }
}
