/** The shortest decimal text that reads back as the same binary64 value; "NaN", "Infinity", "-Infinity", "-0". */
export function doubleText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value)
}

/** The shortest decimal text that reads back as the same binary32 value: 0.1, where binary64 would say 0.10000000149011612. */
export function floatText(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return doubleText(value)
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return doubleText(candidate)
  }
  return doubleText(Number(value.toPrecision(9)))
}

/** The plain text of `unscaled` with `places` digits behind the point: -1250 with 2 places is "-12.50". */
export function decimalText(unscaled: number, places: number): string {
  if (places === 0) return String(unscaled)
  const digits = String(Math.abs(unscaled)).padStart(places + 1, "0")
  return `${unscaled < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
