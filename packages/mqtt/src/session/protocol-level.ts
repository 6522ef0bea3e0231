import type { ProtocolLevel } from "../codec/constants.ts"

/** What a protocol name and level stand for. */
export type Protocol =
  | ProtocolLevel
  /** A later version: told so in the words of MQTT 5.0, the latest one known. */
  | "newer"
  /** An older version, or a bridge's level: told so in the words of MQTT 3.1.1. */
  | "older"
  /** Not MQTT. */
  | "unknown"

const LEVELS: Readonly<Record<string, readonly ProtocolLevel[]>> = { MQIsdp: [3], MQTT: [4, 5] }
/** Levels from here on are those of bridges. */
const BRIDGE_LEVELS = 128

/** The version that a CONNECT speaks (MQTT 5.0 sections 3.1.2.1 and 3.1.2.2). */
export function protocolOf(name: string, level: number): Protocol {
  const levels = Object.hasOwn(LEVELS, name) ? LEVELS[name] : undefined
  if (levels === undefined) return "unknown"
  const known = levels.find((one) => one === level)
  return known ?? (name === "MQTT" && level > 5 && level < BRIDGE_LEVELS ? "newer" : "older")
}
