import type { Peer } from "@polymq/broker"

/** A peer on this machine. */
export const LOOPBACK: Peer = { address: "127.0.0.1", port: 40_000, isLoopback: true }

/** A peer somewhere else. */
export const REMOTE: Peer = { address: "192.0.2.1", port: 40_000, isLoopback: false }
