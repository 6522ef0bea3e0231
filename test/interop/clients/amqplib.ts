import { type ConsumeMessage, connect } from "amqplib"
import { type Amqp091Arrived, type Amqp091Client, type Amqp091Library, Inbox, present } from "./client.ts"

function arrived(message: ConsumeMessage): Amqp091Arrived {
  const { fields, properties } = message
  return present<Amqp091Arrived>({
    protocol: "amqp091",
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    redelivered: fields.redelivered,
    contentType: properties.contentType,
    contentEncoding: properties.contentEncoding,
    headers:
      properties.headers !== undefined && Object.keys(properties.headers).length > 0 ? properties.headers : undefined,
    deliveryMode: properties.deliveryMode,
    priority: properties.priority,
    correlationId: properties.correlationId,
    replyTo: properties.replyTo,
    expiration: properties.expiration,
    messageId: properties.messageId,
    timestampSeconds: properties.timestamp,
    type: properties.type,
    userId: properties.userId,
    appId: properties.appId,
    body: message.content.toString(),
  })
}

/** https://github.com/amqp-node/amqplib */
export const amqplib: Amqp091Library = {
  name: "amqplib",
  async connect(broker): Promise<Amqp091Client> {
    const connection = await connect(broker.urls.amqp)
    const channel = await connection.createConfirmChannel()
    async function consume(queue: string): Promise<Inbox<Amqp091Arrived>> {
      const inbox = new Inbox<Amqp091Arrived>()
      await channel.consume(queue, (message) => {
        if (message === null) return
        inbox.put(arrived(message))
        channel.ack(message)
      })
      return inbox
    }
    return {
      async subscribe(pattern) {
        const { queue } = await channel.assertQueue("", { exclusive: true })
        await channel.bindQueue(queue, "amq.topic", pattern)
        return consume(queue)
      },
      async replyQueue() {
        const { queue } = await channel.assertQueue("", { exclusive: true })
        return { name: queue, inbox: await consume(queue) }
      },
      async publish(exchange, routingKey, { body, timestampSeconds, ...properties }) {
        channel.publish(exchange, routingKey, Buffer.from(body), {
          ...properties,
          ...present({ timestamp: timestampSeconds }),
        })
        await channel.waitForConfirms()
      },
      async close() {
        await connection.close()
      },
    }
  },
}
