import { PRODUCT } from "@polymq/broker"
import { type Value, ValueMap } from "@polymq/message"

/** Name of the only node, which clients look for where a queue's leader is named. */
export const NODE_NAME = "polymq"

/** Clients for RabbitMQ refuse every other product, or do without what they know by its version. */
const PROPERTIES = {
  ...PRODUCT,
  product: "RabbitMQ",
  information: `${PRODUCT.product}, which behaves as RabbitMQ towards its clients`,
  node: NODE_NAME,
  cluster_name: NODE_NAME,
}

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
