import type { Log, LogFields } from "@polymq/broker"

/** One thing that was logged. */
export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error"
  readonly event: string
  readonly fields: LogFields
}

/** A log that remembers. */
export class RecordingLog implements Log {
  readonly lines: LogLine[] = []

  debug(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "debug", event, fields })
  }

  info(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "info", event, fields })
  }

  warn(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "warn", event, fields })
  }

  error(event: string, fields: LogFields = {}): void {
    this.lines.push({ level: "error", event, fields })
  }

  /** What was logged under one event. */
  of(event: string): readonly LogLine[] {
    return this.lines.filter((line) => line.event === event)
  }
}
