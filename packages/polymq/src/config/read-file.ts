import { readFile } from "node:fs/promises"
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml"
import { ConfigurationError } from "./configuration-error.ts"
import type { Given } from "./given.ts"

/** The values of a configuration file, with line and column. Raises `ConfigurationError`. */
export async function readConfigurationFile(file: string): Promise<readonly Given[]> {
  let text: string
  try {
    text = await readFile(file, "utf8")
  } catch (cause) {
    const reason =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : (cause as Error).message
    throw new ConfigurationError([`${file}: ${reason}; name another one with --config`], { cause })
  }
  return parseConfiguration(file, text)
}

/** The same for a text that is at hand; `file` is its name in errors. */
export function parseConfiguration(file: string, text: string): readonly Given[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  if (document.errors.length > 0) {
    throw new ConfigurationError(document.errors.map((error) => `${place(error.pos[0])}: ${error.message}`))
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) return []
  if (!isMap(document.contents)) throw new ConfigurationError([`${file}:1:1: must have keys such as "listeners:"`])
  return valuesBelow(document.contents, [], { document, place })
}

interface Source {
  readonly document: Document
  readonly place: (offset: number) => string
}

/** Each key by its own place, then what it holds by the place of that. */
function valuesBelow(node: Node, path: readonly string[], source: Source): readonly Given[] {
  const start = node.range?.[0] ?? 0
  if (!isMap(node)) return [{ path, value: node.toJS(source.document), origin: source.place(start) }]
  return node.items.flatMap(({ key, value }) => {
    const name = isScalar(key) ? String(key.value) : String(key)
    const child = [...path, name]
    const origin = source.place(isScalar(key) ? (key.range?.[0] ?? start) : start)
    const mark: Given = { path: child, value: isMap(value) ? {} : undefined, origin }
    const isEmpty = value === null || (isScalar(value) && value.value === null)
    return isEmpty ? [mark] : [mark, ...valuesBelow(value as Node, child, source)]
  })
}
