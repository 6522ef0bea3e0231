import type { PolyBroker } from "polymq"
import rhea, { type Connection, type EventContext, type Message, type Source } from "rhea"
import {
  type Amqp10Arrived,
  type Amqp10Body,
  type Amqp10Client,
  type Amqp10Outgoing,
  Inbox,
  present,
} from "./client.ts"

const DATA = 0x75
const SEQUENCE = 0x76

function bodyOf(body: unknown): Amqp10Body {
  const section = body as { readonly typecode?: number; readonly content?: unknown } | null
  if (section?.typecode === DATA) return { data: [section.content].flat().join("") }
  if (section?.typecode === SEQUENCE) return { sequence: section.content as readonly unknown[] }
  return { value: body }
}

function arrived(message: Message): Amqp10Arrived {
  const { "x-exchange": _, "x-routing-key": __, ...annotations } = message["message_annotations"] ?? {}
  const userId = message["user_id"]
  return present<Amqp10Arrived>({
    protocol: "amqp10",
    durable: message["durable"] === true ? true : undefined,
    priority: message["priority"],
    ttl: message["ttl"],
    messageId: message["message_id"],
    userId: userId === undefined ? undefined : String(userId),
    to: message["to"],
    subject: message["subject"],
    replyTo: message["reply_to"],
    correlationId: message["correlation_id"],
    contentType: message["content_type"],
    contentEncoding: message["content_encoding"],
    creationTimeMs: message["creation_time"] === undefined ? undefined : Number(message["creation_time"]),
    groupId: message["group_id"],
    applicationProperties: message["application_properties"],
    messageAnnotations: Object.keys(annotations).length > 0 ? annotations : undefined,
    body: bodyOf(message["body"]),
  })
}

function encodedBody(body: Amqp10Body): unknown {
  if ("data" in body) return rhea.message.data_section(Buffer.from(body.data))
  return "sequence" in body ? rhea.message.sequence_section(body.sequence) : body.value
}

/** rhea takes every Buffer for a uuid. */
function identifier(id: unknown): unknown {
  return id instanceof Buffer && id.length !== 16 ? rhea.types.wrap_binary(id) : id
}

function messageOf(message: Amqp10Outgoing): Message {
  return present({
    durable: message.durable,
    priority: message.priority,
    ttl: message.ttl,
    message_id: message.messageId,
    user_id: message.userId === undefined ? undefined : Buffer.from(message.userId),
    to: message.to,
    subject: message.subject,
    reply_to: message.replyTo,
    correlation_id: identifier(message.correlationId),
    content_type: message.contentType,
    content_encoding: message.contentEncoding,
    creation_time: message.creationTimeMs,
    group_id: message.groupId,
    application_properties: message.applicationProperties,
    message_annotations: message.messageAnnotations,
    body: encodedBody(message.body),
  }) as unknown as Message
}

/** The next event of a name. */
export function event(
  source: { once(name: string, listener: (context: EventContext) => void): unknown },
  name: string,
) {
  return new Promise<EventContext>((resolve) => source.once(name, resolve))
}

async function receive(connection: Connection, source: { readonly address: string } | { readonly dynamic: true }) {
  const inbox = new Inbox<Amqp10Arrived>()
  const receiver = connection.open_receiver({ source: source as Source })
  receiver.on("message", (context: EventContext) => {
    if (context.message !== undefined) inbox.put(arrived(context.message))
  })
  await event(receiver, "receiver_open")
  return { inbox, receiver }
}

/** A connection as the user that the URL of the broker names. */
export async function openConnection(broker: PolyBroker): Promise<Connection> {
  const url = new URL(broker.urls.amqp)
  const connection = rhea.create_container().connect({
    host: url.hostname,
    port: Number(url.port),
    username: url.username,
    password: url.password,
    reconnect: false,
  })
  await event(connection, "connection_open")
  return connection
}

/** Closes a connection and waits for the broker's answer. */
export async function closeConnection(connection: Connection): Promise<void> {
  const closed = event(connection, "connection_close")
  connection.close()
  await closed
}

/** https://github.com/amqp/rhea */
export const rheaClient = {
  name: "rhea",
  async connect(broker: PolyBroker): Promise<Amqp10Client> {
    const connection = await openConnection(broker)
    return {
      async subscribe(pattern) {
        return (await receive(connection, { address: `/exchange/amq.topic/${pattern}` })).inbox
      },
      async replyAddress() {
        const { inbox, receiver } = await receive(connection, { dynamic: true })
        return { address: receiver.source.address, inbox }
      },
      async publish(address, message) {
        const sender = connection.open_sender(address)
        await event(sender, "sendable")
        const outcome = Promise.race(
          (["accepted", "released", "rejected"] as const).map(async (name) => {
            await event(sender, name)
            return name
          }),
        )
        sender.send(messageOf(message))
        const result = await outcome
        sender.close()
        return result
      },
      async close() {
        await closeConnection(connection)
      },
    }
  },
}
