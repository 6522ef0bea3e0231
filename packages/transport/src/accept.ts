import type { Socket } from "node:net"
import type { Peer } from "@polymq/broker"

/** Takes a socket on. */
export type Accept = (socket: Socket, peer: Peer) => void
