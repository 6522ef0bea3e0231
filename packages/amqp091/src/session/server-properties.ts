import { type Argument, type Arguments, PRODUCT } from "@polymq/broker"

/** What this server can do, by the names RabbitMQ gave it; clients look a feature up here before they use it. */
const CAPABILITIES: Arguments = new Map<string, Argument>([
  ["publisher_confirms", true],
  ["exchange_exchange_bindings", true],
  ["basic.nack", true],
  ["consumer_cancel_notify", true],
  ["connection.blocked", true],
  ["authentication_failure_close", true],
  ["per_consumer_qos", true],
  ["direct_reply_to", true],
])

/** The server properties of connection.start (1.4.2.1). */
export function serverProperties(clusterName: string): Arguments {
  return new Map<string, Argument>([
    ["capabilities", CAPABILITIES],
    ["cluster_name", clusterName],
    ["copyright", "The PolyMQ authors"],
    ["information", "Licensed under the Apache License, Version 2.0"],
    ["platform", PRODUCT.platform],
    ["product", PRODUCT.product],
    ["version", PRODUCT.version],
  ])
}
