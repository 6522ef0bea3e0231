import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import type { Value } from "../value.ts"
import { CODE, LAYOUT, LAYOUTS } from "./constructors.ts"
import { readValue } from "./read.ts"
import { SECTION, sectionCode, sectionContent } from "./sections.ts"
import { contentStart, elementsStart, valueEnd } from "./values.ts"

/** `Format.header`: the application property of that name, the first of several; lists, maps and the like do not count. */
export function header(message: Message, name: string): Value | undefined {
  const { sections: bytes, sectionsEnd: end } = message
  for (let at = message.sectionsStart; at < end; ) {
    const code = sectionCode(bytes, at, end)
    const content = sectionContent(bytes, at)
    if (code === SECTION.applicationProperties) return entry(bytes, content, name)
    if (code !== SECTION.properties) return undefined
    at = valueEnd(bytes, content)
  }
  return undefined
}

function entry(bytes: Uint8Array, start: number, name: string): Value | undefined {
  const end = valueEnd(bytes, start)
  for (let at = elementsStart(bytes, start); at < end; ) {
    const value = valueEnd(bytes, at)
    const next = valueEnd(bytes, value)
    if (isText(bytes, contentStart(bytes[at] as number, at), value, name)) {
      return isSimple(bytes[value] as number) ? readValue(bytes, value, next) : undefined
    }
    at = next
  }
  return undefined
}

function isSimple(code: number): boolean {
  const layout = LAYOUTS[code] as number
  return code !== CODE.list0 && (layout >= 0 || layout === LAYOUT.variable8 || layout === LAYOUT.variable32)
}
