import type { TLSSocket } from "node:tls"

/** What Node and OpenSSL call it, and what an operator should read. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: "the peer closed it during the TLS handshake",
  ERR_SSL_WRONG_VERSION_NUMBER: "what the peer sent is no TLS",
  ERR_SSL_HTTP_REQUEST: "what the peer sent is no TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "what the peer sent is no TLS",
  ERR_SSL_BAD_RECORD_TYPE: "what the peer sent is no TLS",
  ERR_SSL_RECORD_LENGTH_MISMATCH: "what the peer sent is no TLS",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the peer speaks no TLS 1.2 or newer",
  ERR_SSL_NO_SHARED_CIPHER: "no cipher in common with the peer",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "the client has shown no certificate, and tls.verifyPeer wants one",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the peer does not trust the authority of our certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "the peer does not accept our certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "the peer says that our certificate has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "the peer does not accept our certificate",
}

/** Why a certificate could not be verified, by OpenSSL's names for it. */
const CERTIFICATE_REASONS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the client's certificate has expired",
  CERT_NOT_YET_VALID: "the client's certificate is not valid yet",
  INVALID_PURPOSE: "the client's certificate is not meant for clients",
}

/** Why a handshake failed, for the log. */
export function tlsFault(error: NodeJS.ErrnoException & { readonly reason?: string }, socket: TLSSocket): string {
  const code = error.code ?? ""
  // A client whose certificate does not verify is cut off, which alone would read as if it had gone by itself.
  if (code === "ECONNRESET" && socket.authorizationError) return certificateFault(socket)
  return REASONS[code] ?? `TLS handshake failed: ${error.reason ?? error.message}`
}

/** Why the certificate that a client has shown does not count. */
export function certificateFault({ authorizationError }: TLSSocket): string {
  // An error by type, a code in fact.
  const code = String(authorizationError)
  return CERTIFICATE_REASONS[code] ?? `the client's certificate is not of tls.certificateAuthority (${code})`
}
