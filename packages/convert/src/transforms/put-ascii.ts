import type { ByteWriter } from "@polymq/wire"

/** Writes short ASCII text, such as a number's; faster than a general encoder. */
export function putAscii(writer: ByteWriter, text: string): void {
  writer.ensure(text.length)
  const { bytes, at } = writer
  for (let place = 0; place < text.length; place++) bytes[at + place] = text.charCodeAt(place)
  writer.at = at + text.length
}
