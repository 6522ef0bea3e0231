import { createRequire } from "node:module"
import type { Log } from "@polymq/broker"

/** A log of one JSON line per event on standard error. */
export function pinoLog(level: string): Log {
  let logger: ReturnType<typeof openLogger> | undefined
  // Loaded with the first line, not before the broker is ready.
  const opened = () => {
    logger ??= openLogger(level)
    return logger
  }
  return {
    debug: (event, fields) => opened().debug(fields, event),
    info: (event, fields) => opened().info(fields, event),
    warn: (event, fields) => opened().warn(fields, event),
    error: (event, fields) => opened().error(fields, event),
  }
}

function openLogger(level: string) {
  const { destination, pino } = createRequire(import.meta.url)("pino") as typeof import("pino")
  // Synchronous, so that the line that says why the process ends is not lost with it.
  return pino({ level, base: null }, destination({ dest: 2, sync: true }))
}
