import type { FormatName } from "./envelope.ts"
import type { FieldIndex } from "./field-index.ts"
import type { Message } from "./message.ts"
import type { Slot } from "./slot.ts"
import type { Value } from "./value.ts"

/**
 * How a type's value lies in the bytes of a slot, once type code and length prefix are taken off. Two types of equal
 * encoding are converted by copying bytes.
 */
export type Encoding =
  /** Characters meant to be UTF-8; whether they are is judged by a condition. */
  | "text"
  /** Octets. */
  | "binary"
  /** Big-endian unsigned integer of 0 to 8 bytes; no bytes are 0. */
  | "unsigned"
  /** Big-endian two's complement integer of 1 to 8 bytes. */
  | "signed"
  /** IEEE 754 binary32 (4 bytes) or binary64 (8 bytes), big-endian. */
  | "float"
  /** One byte, 0 or 1. */
  | "boolean"
  /** No bytes. */
  | "null"
  /** Anything else (decimal, uuid, char, lists, maps, described values …): the encoded value, to be read as a `Value`. */
  | "encoded"

/** One wire type of a format. */
export interface TypeSpec {
  /** The specification's name: "longstr", "utf8 string pair", "ulong" … */
  readonly name: string
  readonly encoding: Encoding
}

/** One field of a format; the catalogue that conversion tables are checked against. */
export interface FieldSpec {
  /** "properties.message_id", "properties.headers.*" for the entries of a map, "payload" … */
  readonly name: string
  /** Names of the wire types that can occur. */
  readonly types: readonly string[]
  /** Whether the field is the entries of a map: every slot then has a key. */
  readonly isMap: boolean
  /** Whether the field ends at the connection it came by (DUP, packet identifier, topic alias …): it never is in a `Message`. */
  readonly isHop: boolean
}

/** One format of messages: its catalogue, and how to find, read, build and write its fields. */
export interface Format {
  readonly name: FormatName
  /** In the order in which they are written. */
  readonly fields: readonly FieldSpec[]
  readonly types: readonly TypeSpec[]
  /** Lists every field of a message that a door has accepted; never throws for such a message. */
  scan(message: Message, index: FieldIndex): void
  /** Decodes one slot; for `explain`, inspection and rare rows. */
  read(slot: Slot): Value
  /** Decodes the key of a slot that is a map entry. */
  readKey(slot: Slot): Value
  /** The entry that a headers exchange or a filter means by `name`; the first of several. */
  header(message: Message, name: string): Value | undefined
  /** Makes what builds messages of this format; one is enough for a thread. */
  assembler(): Assembler
  /** Reads a message as it was published on the wire, hop fields included. Raises `DecodeError`. */
  published(bytes: Uint8Array, receivedAtMs: number): Published
}

/** A message as it was published: what the broker keeps, and the fields that end at the hop. */
export interface Published {
  readonly message: Message
  readonly hop: readonly { readonly field: string; readonly value: Value }[]
}

/** A value, or a map entry, on its way into a message. */
export interface Put {
  /** Number of the field. */
  readonly field: number
  /** Number of the value's type. */
  readonly type: number
  /** Whether it is a map entry. */
  readonly isEntry: boolean
  /** Number of the key's type; 0 for what is no map entry. */
  readonly keyType: number
  /** Whether it is the payload, which is shared. */
  readonly isBody: boolean
  /** Has the key of an entry. */
  readonly keyed: Slot
  /** Has the value. */
  readonly source: Slot
}

/**
 * Builds one message of a format at a time, in storage of its own that the next `begin` overwrites. Fields must be put
 * in the order of `Format.fields`; entries of one map come together, their keys already unique.
 */
export interface Assembler {
  /** Begins a message with the envelope facts (exchange, keys, topic …) of `source`; durable, priority, qos and ttl start undefined. */
  begin(source: Message): void
  /** Puts a field with the value of a slot, in the encoding of `type`; the caller has checked that it can exist. */
  put(field: number, type: number, value: Slot): void
  /** Puts a decoded value. Raises `RangeError` where it cannot exist in this format. */
  putValue(field: number, value: Value): void
  /** Puts a map entry with the key of one slot and the value of another, or of the same. */
  putEntry(field: number, keyType: number, key: Slot, type: number, value: Slot): void
  /** Puts a map entry with a decoded value. Raises `RangeError` where it cannot exist in this format. */
  putEntryValue(field: number, keyType: number, key: Slot, value: Value): void
  /** Shares the payload of the source: no copy. */
  putBody(payload: Slot): void
  /** Puts one after the other. Every format has this loop itself: in one for all, calls would cost a tenth of a conversion. */
  putAll(puts: readonly Put[]): void
  /** The finished message; valid until the next `begin`. */
  finish(): Message
}
