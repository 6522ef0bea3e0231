/** A named set of rows: `documented` is the specification to the letter, `rabbitmq-4.3` what that broker does on the wire. */
export type Profile = "documented" | "rabbitmq-4.3"

/** What a table may know beside the message. */
export interface Names {
  /** The exchange that MQTT clients publish to and subscribe at. */
  readonly mqttExchange: string
}

/** Whether a profile has a row; a row that names no profiles is in all of them. */
export function inProfile(row: { readonly profiles?: readonly Profile[] }, profile: Profile): boolean {
  return row.profiles === undefined || row.profiles.includes(profile)
}
