/** What a transform made of a value. Verdicts are made once, so that judging allocates nothing. */
export interface Verdict {
  readonly outcome: "converted" | "narrowed" | "lost"
  /** A stable code such as "range"; empty where nothing needs to be said. */
  readonly reason: string
}

/** The value is in the target, unharmed. */
export const CONVERTED: Verdict = { outcome: "converted", reason: "" }

/** The value is in the target with less precision or range. */
export function narrowed(reason: string): Verdict {
  return { outcome: "narrowed", reason }
}

/** The value cannot be expressed in the target. */
export function lost(reason: string): Verdict {
  return { outcome: "lost", reason }
}
