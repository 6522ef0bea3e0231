import type { Seen } from "./scripted-peer.ts"

/** What a client sees of an error that ends channel 1 only; class and method are those that it is about. */
export function channelClose(replyCode: number, replyText: unknown, classId: number, methodId: number): Seen[] {
  return [[1, "channel.close", { replyCode, replyText, classId, methodId }]]
}

/** What a client sees of an error that ends the connection; class and method are 0 where it is about none. */
export function connectionClose(replyCode: number, replyText: unknown, classId = 0, methodId = 0): Seen[] {
  return [[0, "connection.close", { replyCode, replyText, classId, methodId }]]
}
