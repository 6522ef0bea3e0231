/** A listener that could not be opened; `code` is the system's (EADDRINUSE, EACCES, EADDRNOTAVAIL …). */
export class ListenError extends Error {
  override readonly name = "ListenError"
  readonly code: string
  /** Name of the listener: "amqp", "mqtt". */
  readonly listener: string
  readonly host: string
  readonly port: number

  constructor(listener: string, host: string, port: number, cause: NodeJS.ErrnoException) {
    super(`listener ${listener}: ${explain(host, port, cause)}`, { cause })
    this.code = cause.code ?? "UNKNOWN"
    this.listener = listener
    this.host = host
    this.port = port
  }
}

function explain(host: string, port: number, cause: NodeJS.ErrnoException): string {
  switch (cause.code) {
    case "EADDRINUSE":
      return `port ${port} on ${host} is already in use`
    case "EACCES":
      return `no permission to open port ${port} on ${host}`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine`
    default:
      return `port ${port} on ${host} cannot be opened (${cause.message})`
  }
}
