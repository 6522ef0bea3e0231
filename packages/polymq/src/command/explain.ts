import { PROFILES, type Profile } from "@polymq/convert"
import { defineCommand } from "citty"
import { explainTo } from "../explain/explanation.ts"
import { explanationJson } from "../explain/explanation-json.ts"
import { PROTOCOLS, type Protocol } from "../explain/protocols.ts"
import { type ExplainInput, fromHex, readBytes, readRecorded } from "../explain/read-input.ts"
import { report } from "../explain/report.ts"
import { CommandError } from "./command-error.ts"
import { refuseExtra, refuseUnknown } from "./refuse-unknown.ts"

const names = Object.keys(PROTOCOLS).join(" | ")

const args = {
  file: {
    type: "positional",
    required: false,
    description: "File with the message, binary or hexadecimal; - for standard input",
  },
  from: { type: "string", valueHint: names, description: "Protocol that the message was published with" },
  to: { type: "string", valueHint: names, description: "Protocol of the consumer" },
  hex: {
    type: "string",
    valueHint: "HEX",
    description: "The message: an MQTT PUBLISH packet, an AMQP 0.9.1 content, or the sections of an AMQP 1.0 message",
  },
  body: {
    type: "string",
    valueHint: "HEX",
    description: "Body of an AMQP 0.9.1 content of which --hex is flags and property list",
  },
  corpus: { type: "string", valueHint: "FILE#ID", description: "A line of a file of recorded messages" },
  profile: {
    type: "string",
    valueHint: PROFILES.join(" | "),
    description: "Conversion rules; documented when absent",
  },
  json: { type: "boolean", description: "Print the findings as JSON" },
} as const

/** `polymq explain`: what became of each field of a message, by which row, and what was lost and why. */
export const explainCommand = defineCommand({
  meta: { name: "polymq explain", description: "Tell what happens to a message between two protocols, field by field" },
  args,
  async run({ args: given }) {
    refuseUnknown(given, args)
    refuseExtra(given._, 1)
    const input = await readInput(given)
    const from = protocolOf("--from", given.from ?? input.from)
    const to = protocolOf("--to", given.to ?? input.to)
    const explanation = explainTo(read(from, input), from, to, profileOf(given.profile))
    const text = given.json === true ? JSON.stringify(explanationJson(explanation)) : report(explanation, hasColours())
    process.stdout.write(`${text}\n`)
  },
})

interface InputFlags {
  readonly file?: string | undefined
  readonly hex?: string | undefined
  readonly body?: string | undefined
  readonly corpus?: string | undefined
}

async function readInput({ file, hex, body, corpus }: InputFlags): Promise<ExplainInput> {
  const sources = [file, hex, corpus].filter((source) => source !== undefined)
  if (sources.length !== 1) throw new CommandError(2, "give one message: --hex HEX, a file, - or --corpus FILE#ID")
  try {
    if (corpus !== undefined) return await readRecorded(...splitCorpus(corpus))
    const bytes = hex === undefined ? await readBytes(file ?? "-") : fromHex(hex)
    return { bytes, body: body === undefined ? undefined : fromHex(body), from: undefined, to: undefined }
  } catch (cause) {
    if (cause instanceof CommandError) throw cause
    throw new CommandError(1, (cause as Error).message, { cause })
  }
}

function splitCorpus(corpus: string): [file: string, id: string] {
  const at = corpus.indexOf("#")
  if (at < 1) throw new CommandError(2, `--corpus ${corpus}: FILE#ID is expected`)
  return [corpus.slice(0, at), corpus.slice(at + 1)]
}

function protocolOf(flag: string, name: string | undefined): Protocol {
  const protocol = name === undefined ? undefined : PROTOCOLS[name]
  if (protocol === undefined) {
    throw new CommandError(2, `${flag} ${name === undefined ? "is missing" : `${name} is not known`}: ${names}`)
  }
  return protocol
}

function profileOf(name = "documented"): Profile {
  const profile = PROFILES.find((known) => known === name)
  if (profile === undefined) throw new CommandError(2, `--profile ${name} is not known: ${PROFILES.join(" | ")}`)
  return profile
}

function read(from: Protocol, { bytes, body }: ExplainInput) {
  try {
    return from.read(bytes, body, Date.now())
  } catch (cause) {
    throw new CommandError(1, `this is not a message of ${from.label}: ${(cause as Error).message}`, { cause })
  }
}

function hasColours(): boolean {
  return process.stdout.isTTY && process.env["NO_COLOR"] === undefined
}
