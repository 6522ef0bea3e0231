/** Fields of a log line; values are plain, never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Where the broker says what happens; silent unless one is given. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Where something was thrown, for a log line; the thing itself as text where it is no `Error`. */
export function stackOf(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)
}

/** Says nothing. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
