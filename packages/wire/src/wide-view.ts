/** The octets that are read four at a time, and their view. A view costs as much as copying a hundred octets: the last one is kept. */
let wideBytes: Uint8Array = new Uint8Array(0)
let wideView = new DataView(wideBytes.buffer)

/** Has `bytes` read four at a time from now on, in place of those before: for octets of which many values will be read. */
export function readWide(bytes: Uint8Array): void {
  if (bytes === wideBytes) return
  wideBytes = bytes
  wideView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The view of `bytes`; undefined where they are not those of the last `readWide`. */
export function wideViewOf(bytes: Uint8Array): DataView | undefined {
  return bytes === wideBytes ? wideView : undefined
}
