import { type Value, ValueMap } from "@polymq/message"

/** What clients branch on: the version is the RabbitMQ generation whose addresses and outcomes are spoken. */
const PROPERTIES = { product: "PolyMQ", version: "4.2.0", platform: "Node.js" } as const

/** Connection properties of our open (AMQP 1.0 part 2, 2.7.1): a map of symbols to strings. */
export const SERVER_PROPERTIES: Value = {
  type: "map",
  value: new ValueMap(
    Object.entries(PROPERTIES).map(([key, value]) => [
      { type: "symbol", value: key },
      { type: "string", value },
    ]),
  ),
}
