/**
 * What servers tell clients of themselves, in the protocols that ask for it. Clients branch on the version: it is the
 * RabbitMQ generation whose behaviour, addresses and outcomes they may count on.
 */
export const PRODUCT = { product: "PolyMQ", version: "4.2.0", platform: "Node.js" } as const
