import type { PolyBroker } from "polymq"
import type { Connection, EventContext, Message, Receiver, Sender } from "rhea"
import { Inbox } from "./client.ts"
import { closeConnection, event, openConnection } from "./rhea.ts"

/** What a request is answered with. */
interface Answer {
  readonly status: string
  readonly body: unknown
}

/** A connection with a link pair to the management node. */
export interface ManagementClient {
  readonly connection: Connection
  ask(method: string, path: string, body?: unknown): Promise<Answer>
  close(): Promise<void>
}

const NAME = "management-link-pair"
const PAIRED = { paired: true }

/** rhea knows the links of a session by their names alone: both halves of a pair have one, so the first is filed under another. */
interface LinksByName {
  readonly links: Record<string, Receiver>
}

async function attach(connection: Connection): Promise<{ readonly requests: Sender; readonly responses: Receiver }> {
  const responses = connection.open_receiver({
    name: NAME,
    source: { address: "/management" },
    target: { address: "me" },
    snd_settle_mode: 1,
    properties: PAIRED,
  })
  await event(responses, "receiver_open")
  const { links } = responses.session as unknown as LinksByName
  delete links[NAME]
  links[`${NAME} responses`] = responses
  const requests = connection.open_sender({
    name: NAME,
    source: { address: "me" },
    target: { address: "/management" },
    snd_settle_mode: 1,
    properties: PAIRED,
  })
  await event(requests, "sendable")
  return { requests, responses }
}

/** Connects, and attaches a link pair by hand. */
export async function managementClient(broker: PolyBroker): Promise<ManagementClient> {
  const connection = await openConnection(broker)
  const { requests, responses } = await attach(connection)
  const inbox = new Inbox<Message>()
  responses.on("message", ({ message }: EventContext) => {
    if (message !== undefined) inbox.put(message)
  })
  let requestsSent = 0
  return {
    connection,
    async ask(method, path, body = null) {
      const id = `request ${requestsSent++}`
      requests.send({ message_id: id, to: path, subject: method, reply_to: "$me", body } as unknown as Message)
      const { subject = "", correlation_id, body: answer } = await inbox.next()
      if (correlation_id !== id) throw new Error(`an answer to ${String(correlation_id)}, not ${id}`)
      return { status: subject, body: answer }
    },
    async close() {
      await closeConnection(connection)
    },
  }
}
