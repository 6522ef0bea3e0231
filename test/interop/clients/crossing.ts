import { createBroker, type PolyBroker } from "polymq"
import { afterAll, beforeAll } from "vitest"
import type { Inbox } from "./client.ts"

interface Library<Client> {
  connect(broker: PolyBroker): Promise<Client>
}

interface Closable {
  close(): Promise<void>
}

interface Subscriber<Arrived> extends Closable {
  subscribe(pattern: string): Promise<Inbox<Arrived>>
}

/** The way from a client of one library to a client of another. */
export interface Crossing<Sender, Arrived> {
  readonly sender: Sender
  readonly inbox: Inbox<Arrived>
}

/** For the tests of the present `describe`: a broker, a client that sends, and one that receives what the pattern asks for. */
export function crossing<Sender extends Closable, Arrived>(
  from: Library<Sender>,
  to: Library<Subscriber<Arrived>>,
  pattern: string,
): Promise<Crossing<Sender, Arrived>> {
  return new Promise((resolve) => {
    let broker: PolyBroker
    const clients: Closable[] = []
    beforeAll(async () => {
      broker = await createBroker()
      const [sender, receiver] = await Promise.all([from.connect(broker), to.connect(broker)])
      clients.push(sender, receiver)
      resolve({ sender, inbox: await receiver.subscribe(pattern) })
    })
    afterAll(async () => {
      await Promise.all(clients.map((client) => client.close()))
      await broker.close()
    })
  })
}
