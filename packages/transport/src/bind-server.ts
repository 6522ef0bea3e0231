import { type AddressInfo, createServer, type Server, type Socket } from "node:net"
import { ListenError } from "./listen-error.ts"

/** Where a listener is wanted. */
export interface ListenAddress {
  /** Name of the listener, for errors: "amqp", "mqtt". */
  readonly name: string
  /** 0: any free port. */
  readonly port: number
  /** An address or name of this machine; both loopback addresses, with the same port, when absent. */
  readonly host?: string | undefined
}

const IPV4_LOOPBACK = "127.0.0.1"
const IPV6_LOOPBACK = "::1"
/** Tries to find a port that is free on both loopback addresses, when any will do. */
const MAX_ATTEMPTS = 8

/** Opens the server sockets of a listener, all on one port. Raises `ListenError`. */
export async function bindServers(
  address: ListenAddress,
  accept: (socket: Socket) => void,
): Promise<readonly [Server, ...Server[]]> {
  if (address.host !== undefined) return [await bind(address.name, address.host, address.port, accept)]
  for (let attempt = 1; ; attempt++) {
    const first = await bind(address.name, IPV4_LOOPBACK, address.port, accept)
    try {
      return [first, await bind(address.name, IPV6_LOOPBACK, portOf(first), accept)]
    } catch (error) {
      if (!(error instanceof ListenError)) throw error
      if (error.code !== "EADDRINUSE") return [first]
      await new Promise((closed) => first.close(closed))
      if (address.port !== 0 || attempt === MAX_ATTEMPTS) throw error
    }
  }
}

/** The port that a bound server listens on. */
export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}

function bind(name: string, host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
  server.on("connection", accept)
  return new Promise((resolve, reject) => {
    const refused = (cause: NodeJS.ErrnoException): void => reject(new ListenError(name, host, port, cause))
    server.once("error", refused)
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", refused)
      resolve(server)
    })
  })
}
