const NO_BYTES = new Uint8Array(0)

/**
 * The octets that are read four at a time, and their view. A view costs as much as copying a hundred octets: the last one
 * is kept. In an object, because a variable of a module that changes is checked for being initialised wherever it is read.
 */
const wide: { bytes: Uint8Array; view: DataView } = { bytes: NO_BYTES, view: new DataView(NO_BYTES.buffer) }

/** Has `bytes` read four at a time from now on, in place of those before: for octets of which many values will be read. */
export function readWide(bytes: Uint8Array): void {
  if (bytes === wide.bytes) return
  wide.bytes = bytes
  wide.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The view of `bytes`; undefined where they are not those of the last `readWide`. */
export function wideViewOf(bytes: Uint8Array): DataView | undefined {
  return bytes === wide.bytes ? wide.view : undefined
}
