const PREFIX = "$share/"

/** The parts of a shared subscription's filter. */
export interface SharedFilter {
  /** Name of the group among those of the same filter. */
  readonly shareName: string
  /** What its members subscribe to together. */
  readonly filter: string
}

/**
 * Takes `$share/<share name>/<filter>` apart (MQTT 5.0 section 4.8.2); undefined for what is not of this form. Neither part
 * is empty; whether they are well formed is for the caller to judge.
 */
export function parseSharedFilter(text: string): SharedFilter | undefined {
  if (!text.startsWith(PREFIX)) return undefined
  const end = text.indexOf("/", PREFIX.length)
  if (end <= PREFIX.length || end === text.length - 1) return undefined
  return { shareName: text.slice(PREFIX.length, end), filter: text.slice(end + 1) }
}
