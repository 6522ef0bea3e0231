/** What a TLS listener shows of itself and asks of its clients; all of it is PEM text. */
export interface TlsIdentity {
  /** The certificate, and behind it those that lead to its authority. */
  readonly certificate: string
  readonly key: string
  /** Authorities that vouch for clients; without one, clients are not asked for a certificate. */
  readonly certificateAuthority?: string | undefined
  /** Whether a client without a certificate is refused. One with a certificate that cannot be verified always is. */
  readonly verifyPeer: boolean
}

/** Why OpenSSL would not use the identity, in its words: a key that is too short, for one. Undefined when it would. */
export async function tlsIdentityFault(identity: TlsIdentity): Promise<string | undefined> {
  const { createSecureContext } = await import("node:tls")
  try {
    createSecureContext({ cert: identity.certificate, key: identity.key, ca: identity.certificateAuthority })
    return undefined
  } catch (cause) {
    const { reason, message } = cause as Error & { readonly reason?: string }
    return reason ?? message
  }
}
