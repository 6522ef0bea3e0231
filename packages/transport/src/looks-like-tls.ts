/** Whether these first bytes of a connection are those of a TLS handshake: a record of that type (RFC 8446, 5.1). */
export function looksLikeTls(first: Uint8Array): boolean {
  return first[0] === 0x16 && (first.length === 1 || first[1] === 3)
}
