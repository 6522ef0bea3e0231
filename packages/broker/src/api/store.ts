import type { Message } from "@polymq/message"

/** Number of a stored operation, growing by issue order from 1; durable when not above the watermark. 0: nothing to wait for. */
export type Ticket = number

/** Number of a log: one per durable holder. */
export type LogId = number

/** A message as the store gives it back. */
export interface StoredMessage {
  readonly ticket: Ticket
  /** Dense per log, from 0. */
  readonly offset: number
  readonly message: Message
}

/** What a store finds when it is opened. */
export interface StoreContents {
  readonly keys: Iterable<readonly [key: string, value: Uint8Array]>
  readonly logs: Iterable<{ readonly log: LogId; readonly unsettled: Iterable<StoredMessage> }>
}

/**
 * Everything durable is an append to a log or a key in the state; nothing else is durable. The one ordering promise:
 * after a crash a prefix of the issued operations is there. Operations are issued synchronously and never fail; a store
 * that can no longer write says so once, through `onFailed`, and is read-only from then on.
 */
export interface Store {
  open(): Promise<StoreContents>
  /** One record, many logs; the caller has asked every holder before. */
  append(message: Message, logs: readonly LogId[]): Ticket
  /** Settles the offsets from `fromOffset` up to and including `toOffset`. */
  settle(log: LogId, fromOffset: number, toOffset: number): Ticket
  /** Sets a key, or removes it with `undefined`; "conflict" when its last change is not the ticket `expected`. */
  put(key: string, value: Uint8Array | undefined, expected?: Ticket): Ticket | "conflict"
  /** Messages from an offset on, until `maxBytes` are reached; at least one when there is one. */
  read(log: LogId, fromOffset: number, maxBytes: number): Promise<readonly StoredMessage[]>
  /** Forgets everything before an offset (retention, purge). */
  trim(log: LogId, beforeOffset: number): Ticket
  drop(log: LogId): Ticket
  /** Called once per group commit with the highest durable ticket; never inside the operation that it acknowledges. */
  onDurable(listener: (watermark: Ticket) => void): void
  onFailed(listener: (cause: Error) => void): void
  flush(): Promise<void>
  close(): Promise<void>
}
