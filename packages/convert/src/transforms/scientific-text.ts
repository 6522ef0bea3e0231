import { ByteReader } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED } from "../verdict.ts"
import { putAscii } from "./put-ascii.ts"

/** Digits behind the point. */
const DIGITS = 20

/** A finite binary32 or binary64 with one digit before the point, twenty behind it, and an exponent of two digits or three. */
export const floatToScientificText: Transform = {
  name: "floatToScientificText",
  text: "number as `1.50000000000000000000e+00`",
  apply: ({ bytes, start, end }, { writer }) => {
    const reader = new ByteReader(bytes, start, end)
    putAscii(writer, scientificText(end - start === 4 ? reader.float32() : reader.float64()))
    return CONVERTED
  },
}

/** The exact digits of a finite number: 0.1 is "1.00000000000000005551e-01". */
export function scientificText(value: number): string {
  const sign = value < 0 || Object.is(value, -0) ? "-" : ""
  const [digits = "", exponent = "+0"] = Math.abs(value).toExponential(DIGITS).split("e")
  return `${sign}${digits}e${exponent[0]}${exponent.slice(1).padStart(2, "0")}`
}
