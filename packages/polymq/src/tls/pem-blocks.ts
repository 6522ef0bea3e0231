/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  /** What it says it is: "CERTIFICATE", "PRIVATE KEY". */
  readonly label: string
  /** The block with its first and last line. */
  readonly text: string
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/** The blocks of a PEM text; what stands between them is a comment. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, label = ""]) => ({ label, text: block }))
}

/** Whether this is PEM text, and not the path of a file. */
export function isPem(text: string): boolean {
  return text.includes("-----BEGIN ")
}
