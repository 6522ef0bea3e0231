import type { Log, LogFields } from "@polymq/broker"

const LEVELS: readonly string[] = ["debug", "info", "warn", "error", "silent"]
/** Printable ASCII without the quotation mark. */
const PLAIN = /^[!#-~]+$/

/** A log for people at a terminal: the time, the level, what happened, and the fields that have a value. */
export function textLog(level: string, write: (line: string) => void, now: () => Date): Log {
  const least = LEVELS.indexOf(level)
  const at = (name: keyof Log) => {
    if (LEVELS.indexOf(name) < least) return () => {}
    return (event: string, fields?: LogFields) => write(lineOf(name, event, fields ?? {}, now()))
  }
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") }
}

function lineOf(level: keyof Log, event: string, fields: LogFields, when: Date): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${shownValue(value)}`],
  )
  return `${[when.toTimeString().slice(0, 8), level.padEnd(5), event, ...shown].join(" ")}\n`
}

/** Nothing that a peer has sent may move the cursor of the terminal. */
function shownValue(value: string | number | boolean): string {
  const text = String(value)
  return PLAIN.test(text) ? text : JSON.stringify(text).replace(/\p{Cc}/gu, "?")
}
