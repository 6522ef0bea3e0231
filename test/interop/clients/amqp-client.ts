import { AMQPClient, type AMQPMessage, type AMQPProperties } from "@cloudamqp/amqp-client"
import {
  type Amqp091Arrived,
  type Amqp091Client,
  type Amqp091Library,
  type Amqp091Outgoing,
  Inbox,
  present,
} from "./client.ts"

function arrived(message: AMQPMessage): Amqp091Arrived {
  const properties = message.properties
  return present<Amqp091Arrived>({
    protocol: "amqp091",
    exchange: message.exchange,
    routingKey: message.routingKey,
    redelivered: message.redelivered,
    contentType: properties.contentType,
    contentEncoding: properties.contentEncoding,
    headers: properties.headers,
    deliveryMode: properties.deliveryMode as 1 | 2 | undefined,
    priority: properties.priority,
    correlationId: properties.correlationId,
    replyTo: properties.replyTo,
    expiration: properties.expiration,
    messageId: properties.messageId,
    timestampSeconds: properties.timestamp === undefined ? undefined : properties.timestamp.getTime() / 1000,
    type: properties.type,
    userId: properties.userId,
    appId: properties.appId,
    body: message.bodyString() ?? "",
  })
}

function propertiesOf({ body: _, timestampSeconds, ...rest }: Amqp091Outgoing): AMQPProperties {
  const timestamp = timestampSeconds === undefined ? undefined : new Date(timestampSeconds * 1000)
  return present<AMQPProperties>({ ...rest, timestamp } as AMQPProperties)
}

/** https://github.com/cloudamqp/amqp-client.js */
export const amqpClient: Amqp091Library = {
  name: "@cloudamqp/amqp-client",
  async connect(broker): Promise<Amqp091Client> {
    const connection = await new AMQPClient(broker.urls.amqp).connect()
    const channel = await connection.channel()
    await channel.confirmSelect()
    async function consume(queue: string): Promise<Inbox<Amqp091Arrived>> {
      const inbox = new Inbox<Amqp091Arrived>()
      await channel.basicConsume(queue, { noAck: false }, (message) => {
        inbox.put(arrived(message))
        void message.ack()
      })
      return inbox
    }
    return {
      async subscribe(pattern) {
        const { name } = await channel.queueDeclare("", { exclusive: true })
        await channel.queueBind(name, "amq.topic", pattern)
        return consume(name)
      },
      async replyQueue() {
        const { name } = await channel.queueDeclare("", { exclusive: true })
        return { name, inbox: await consume(name) }
      },
      async publish(exchange, routingKey, message) {
        await channel.basicPublish(exchange, routingKey, message.body, propertiesOf(message))
      },
      async close() {
        await connection.close()
      },
    }
  },
}
