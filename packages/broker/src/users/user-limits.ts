/** What one user may have; Infinity: any number. */
export interface UserLimits {
  readonly maxConnections: number
  /** Channels of AMQP 0.9.1, on all connections together. */
  readonly maxChannels: number
}

/** Nothing is limited. */
export const NO_USER_LIMITS: UserLimits = {
  maxConnections: Number.POSITIVE_INFINITY,
  maxChannels: Number.POSITIVE_INFINITY,
}
