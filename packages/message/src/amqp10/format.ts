import type { Format } from "../format.ts"
import { Amqp10Assembler } from "./assembler.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { header } from "./header.ts"
import { published } from "./published.ts"
import { read, readKey } from "./read.ts"
import { scan } from "./scan.ts"

/** AMQP 1.0 (part 3, messaging). */
export const amqp10Format: Format = {
  name: "amqp10",
  fields: FIELDS,
  types: TYPES,
  scan,
  read,
  readKey,
  header,
  assembler: () => new Amqp10Assembler(),
  published,
}
