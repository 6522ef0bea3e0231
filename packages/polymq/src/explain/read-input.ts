import { readFile } from "node:fs/promises"
import { asBuffer } from "@polymq/wire"

/** Bytes to be explained, and what their source says about them. */
export interface ExplainInput {
  readonly bytes: Uint8Array
  /** The body where it is apart from the rest. */
  readonly body: Uint8Array | undefined
  /** Protocols, where the source knows them. */
  readonly from: string | undefined
  readonly to: string | undefined
}

/** Reads hexadecimal; white space between bytes is allowed. Raises `RangeError`. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, "")
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new RangeError("not hexadecimal: pairs of 0-9 and a-f are expected")
  return Buffer.from(digits, "hex")
}

/** Reads a file, or standard input for "-": the bytes themselves, or their hexadecimal text. */
export async function readBytes(file: string): Promise<Uint8Array> {
  const bytes = file === "-" ? await readAll(process.stdin) : await readFile(file)
  const text = asBuffer(bytes).toString("latin1").trim()
  return text.length >= 4 && /^[0-9a-f\s]+$/i.test(text) ? fromHex(text) : bytes
}

async function readAll(stream: AsyncIterable<unknown>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

/** A line of recorded messages, as far as it is read here. */
interface RecordedLine {
  readonly id?: string
  readonly source?: { readonly protocol?: string; readonly hex?: string; readonly bodyHex?: string }
  readonly target?: { readonly protocol?: string }
}

/** Reads the line with an id from a file of recorded messages, one JSON object per line. Raises `RangeError`. */
export async function readRecorded(file: string, id: string): Promise<ExplainInput> {
  for (const text of (await readFile(file, "utf8")).split("\n")) {
    // The cheap test first: such files have thousands of long lines.
    if (!text.includes(`"id":${JSON.stringify(id)}`)) continue
    const line = JSON.parse(text) as RecordedLine
    if (line.id !== id || line.source?.hex === undefined) continue
    return {
      bytes: fromHex(line.source.hex),
      body: line.source.bodyHex === undefined ? undefined : fromHex(line.source.bodyHex),
      from: line.source.protocol,
      to: line.target?.protocol,
    }
  }
  throw new RangeError(`${file} has no line with the id ${id}`)
}
