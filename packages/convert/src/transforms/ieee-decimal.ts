import { asBuffer } from "@polymq/wire"

/** How a decimal of a width is laid out (IEEE 754-2008 section 3.5.2, binary integer decimal). */
interface Layout {
  readonly exponentBits: bigint
  /** Bits of the significand that stand behind the exponent, where the two bits in front of it are not both set. */
  readonly significandBits: bigint
  readonly bias: number
  readonly digits: number
}

/** By octets. AMQP 1.0 encodes significands as binary integers (part 1, sections 1.6.13 to 1.6.15). */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [4, { exponentBits: 8n, significandBits: 23n, bias: 101, digits: 7 }],
  [8, { exponentBits: 10n, significandBits: 53n, bias: 398, digits: 16 }],
  [16, { exponentBits: 14n, significandBits: 113n, bias: 6176, digits: 34 }],
])

/**
 * The plain text of a decimal32, decimal64 or decimal128, without an exponent and with every digit that it has: "-12.50",
 * "1000"; "NaN", "Infinity", "-Infinity". A significand that has more digits than its width allows counts as 0, as the
 * standard says.
 */
export function ieeeDecimalText(octets: Uint8Array): string {
  const layout = LAYOUTS.get(octets.length)
  if (layout === undefined) throw new RangeError(`a decimal of ${octets.length} octets`)
  const { exponentBits, significandBits, bias, digits } = layout
  const bits = BigInt(`0x${asBuffer(octets).toString("hex")}`)
  const sign = bits >> (exponentBits + significandBits) === 1n ? "-" : ""
  // The combination field begins with 1111 for what is no number, and with 11 where the exponent stands two bits lower.
  const combination = Number((bits >> (exponentBits + significandBits - 5n)) & 31n)
  if (combination === 31) return "NaN"
  if (combination === 30) return `${sign}Infinity`
  const isShifted = combination >= 24
  const width = isShifted ? significandBits - 2n : significandBits
  const exponent = Number((bits >> width) & ((1n << exponentBits) - 1n)) - bias
  const significand = (bits & ((1n << width) - 1n)) | (isShifted ? 0b100n << width : 0n)
  return sign + plain(String(significand < 10n ** BigInt(digits) ? significand : 0n), exponent)
}

function plain(digits: string, exponent: number): string {
  if (exponent >= 0) return digits === "0" ? digits : digits + "0".repeat(exponent)
  const padded = digits.padStart(1 - exponent, "0")
  return `${padded.slice(0, exponent)}.${padded.slice(exponent)}`
}
