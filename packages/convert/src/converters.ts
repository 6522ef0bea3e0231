import type { FormatName, Message } from "@polymq/message"

/** Turns messages into what a consumer of another format reads; total: never throws. */
export interface Converters {
  /**
   * The message in the format `target`: itself when it is of that format, else a conversion that is valid until the next
   * call. A message with more than one holder keeps its last conversion.
   */
  convert(message: Message, target: FormatName): Message
}
