import type { Log } from "@polymq/broker"
import { destination, pino } from "pino"

/** A log of one JSON line per event on standard error. */
export function pinoLog(level: string): Log {
  // Synchronous, so that the line that says why the process ends is not lost with it.
  const logger = pino({ level, base: null }, destination({ dest: 2, sync: true }))
  return {
    debug: (event, fields) => logger.debug(fields, event),
    info: (event, fields) => logger.info(fields, event),
    warn: (event, fields) => logger.warn(fields, event),
    error: (event, fields) => logger.error(fields, event),
  }
}
