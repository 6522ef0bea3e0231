import type { PolyBroker } from "polymq"
import { afterEach } from "vitest"

const brokers: PolyBroker<never>[] = []

afterEach(() => Promise.all(brokers.splice(0).map((broker) => broker.close())))

/** A broker that is closed behind the test. */
export async function started<Broker extends PolyBroker<never>>(starting: Promise<Broker>): Promise<Broker> {
  const broker = await starting
  brokers.push(broker)
  return broker
}
