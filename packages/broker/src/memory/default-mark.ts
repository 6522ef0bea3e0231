import { readFileSync } from "node:fs"
import { totalmem } from "node:os"
import { getHeapStatistics } from "node:v8"

const PART_OF_MACHINE = 0.4
const PART_OF_HEAP_LIMIT = 0.7
/** Where Linux tells a container's limit: cgroup versions 2 and 1. */
const CONTAINER_LIMITS = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]

/** 40 % of the machine's or container's memory, or 70 % of V8's heap limit, whichever comes first; in bytes. */
export function defaultMemoryMark(): number {
  const machineBytes = Math.min(totalmem(), ...CONTAINER_LIMITS.map(readLimit))
  return Math.floor(Math.min(machineBytes * PART_OF_MACHINE, getHeapStatistics().heap_size_limit * PART_OF_HEAP_LIMIT))
}

function readLimit(file: string): number {
  try {
    const bytes = Number(readFileSync(file, "utf8"))
    return bytes > 0 ? bytes : Number.POSITIVE_INFINITY
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
