/** Fields of a log line; values are plain, never secrets. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Where the broker says what happens; silent unless one is given. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Says nothing. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
