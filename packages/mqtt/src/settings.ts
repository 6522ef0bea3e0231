/** What the operator sets for MQTT beside the broker's limits. */
export interface MqttSettings {
  /** Exchange that MQTT clients publish to. */
  readonly exchange: string
  /** Vhost of clients whose user name names none. */
  readonly defaultVhost: string
  /** Longest keep-alive in seconds, told to MQTT 5.0 clients that ask for more or for none; undefined: any. */
  readonly maxKeepAliveSeconds: number | undefined
  /** Makes a client identifier up for those who leave it to the server. */
  readonly makeClientId: () => string
}
