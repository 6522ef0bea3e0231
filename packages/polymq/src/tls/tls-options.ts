/** How a broker proves who it is, and whom it asks the same. Each text is the path of a PEM file, or PEM text itself. */
export interface TlsOptions {
  /** The certificate, and behind it those that lead to its authority. */
  readonly certificate: string
  /** Its private key, without a passphrase. */
  readonly key: string
  /** Authorities whose certificates clients may show; without one, clients are not asked for a certificate. */
  readonly certificateAuthority?: string | undefined
  /** Refuses clients that show none; needs `certificateAuthority`. One that cannot be verified is always refused. */
  readonly verifyPeer?: boolean | undefined
}
