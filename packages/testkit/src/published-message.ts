import { createMessage, type MessageDraft } from "@polymq/message"

/** A message of the amqp091 format without properties, its body being the text. */
export function publishedMessage(body: string, facts: Partial<MessageDraft> = {}): MessageDraft {
  const message = createMessage("amqp091", facts.receivedAtMs ?? 1_700_000_000_000)
  const bytes = new TextEncoder().encode(body)
  return Object.assign(message, { head: new Uint8Array(2), headEnd: 2, body: bytes, bodyEnd: bytes.length }, facts)
}

/** A message as MQTT publishes it to a topic of `amq.topic`. */
export function publishedToTopic(topic: string, body: string, facts: Partial<MessageDraft> = {}): MessageDraft {
  const message = createMessage("mqtt", facts.receivedAtMs ?? 1_700_000_000_000)
  const bytes = new TextEncoder().encode(body)
  const routing = { exchange: "amq.topic", routingKey: topic.replaceAll("/", "."), topic, qos: 0 as const }
  return Object.assign(message, routing, { body: bytes, bodyEnd: bytes.length }, facts)
}
