/** The profiles there are. */
export const PROFILES = ["documented", "rabbitmq-4.3"] as const

/** A named set of rows: `documented` is the specification to the letter, `rabbitmq-4.3` what that broker does on the wire. */
export type Profile = (typeof PROFILES)[number]

/** For rows that only the specification has. */
export const DOCUMENTED: readonly Profile[] = ["documented"]

/** For rows that only RabbitMQ 4.3 has. */
export const RABBITMQ: readonly Profile[] = ["rabbitmq-4.3"]

/** What a table may know beside the message. */
export interface Names {
  /** The exchange that MQTT clients publish to and subscribe at. */
  readonly mqttExchange: string
}

/** Whether a profile has a row, rule or table; what names no profiles is in all of them. */
export function inProfile(what: { readonly profiles?: readonly Profile[] }, profile: Profile): boolean {
  return what.profiles === undefined || what.profiles.includes(profile)
}
