/** What one vhost may have; Infinity: any number. */
export interface VhostLimits {
  readonly maxConnections: number
  readonly maxQueues: number
}

/** Nothing is limited. */
export const NO_VHOST_LIMITS: VhostLimits = {
  maxConnections: Number.POSITIVE_INFINITY,
  maxQueues: Number.POSITIVE_INFINITY,
}
