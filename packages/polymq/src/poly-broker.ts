import type { InspectedMessage } from "./inspect/inspected-message.ts"
import type { DefaultListener, ListenerName } from "./listeners.ts"
import type { TlsOptions } from "./tls/tls-options.ts"

/** A running broker. */
export interface PolyBroker<Names extends ListenerName = DefaultListener> extends AsyncDisposable {
  /** What clients connect to; for AMQP with the default user's credentials: `amqp://guest:guest@127.0.0.1:5672`. */
  readonly urls: Readonly<Record<Names, string>>
  /**
   * The messages that are ready in a queue, in the order of their delivery; they stay where they are. Raises
   * `BrokerError` `NOT_FOUND` when there is no such queue or vhost; the vhost is "/" when absent.
   */
  inspect(queue: string, options?: { readonly vhost?: string }): Promise<readonly InspectedMessage[]>
  /** Resolves when everything published is stored and routed, and every delivery is settled. */
  waitForIdle(): Promise<void>
  /**
   * Reads the files of its certificate again, or takes another one: clients that connect from now on are shown it, those that
   * are connected stay. Raises `ConfigurationError` when it cannot be used, and when the broker was started without TLS;
   * then everything stays as it was.
   */
  reloadCertificate(tls?: TlsOptions): Promise<void>
  /** Says goodbye to every client and ends. Idempotent. Resolves when no handle is left. */
  close(): Promise<void>
}
