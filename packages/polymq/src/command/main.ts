import { stripVTControlCharacters } from "node:util"
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from "citty"
import { ConfigurationError } from "../config/configuration-error.ts"
import { packageVersion } from "../version.ts"
import { CommandError } from "./command-error.ts"

/** A command, whatever its arguments are. */
interface Command {
  run(rawArgs: string[]): Promise<unknown>
  usage(): Promise<string>
}

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => command((await import("./start.ts")).startCommand),
  explain: async () => command((await import("./explain.ts")).explainCommand),
}

function command<Args extends ArgsDef>(definition: CommandDef<Args>): Command {
  return { run: (rawArgs) => runCommand(definition, { rawArgs }), usage: () => renderUsage(definition) }
}

/** The `polymq` command. Sets the exit code; returns when the command is done or, for a server, started. */
export async function main(given: readonly string[] = process.argv.slice(2)): Promise<void> {
  process.stdout.once("error", leaveQuietly)
  try {
    await run([...given])
  } catch (error) {
    process.stderr.write(`polymq: ${textOf(error).replaceAll("\n", "\npolymq: ")}\n`)
    process.exitCode = error instanceof CommandError ? error.exitCode : 1
  }
}

/** Whoever read our output has enough: `polymq explain … | head`. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
}

/** What the user did needs no stack; everything else does. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error instanceof CommandError || error instanceof ConfigurationError
    ? error.message
    : (error.stack ?? error.message)
}

async function run(given: string[]): Promise<void> {
  const [name = "--help", ...rest] = given
  const load = COMMANDS[name]
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${packageVersion()}\n`)
  } else if (name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(USAGE)
  } else if (load === undefined) {
    throw new CommandError(2, `there is no command ${name}; see --help`)
  } else if (rest.includes("--help") || rest.includes("-h")) {
    const usage = await (await load()).usage()
    process.stdout.write(`${process.stdout.isTTY ? usage : stripVTControlCharacters(usage)}\n`)
  } else {
    await (await load()).run(rest)
  }
}

const USAGE = `One message broker that AMQP 0.9.1, AMQP 1.0 and MQTT clients use at once

  polymq start      start a broker on this machine
  polymq explain    tell what happens to a message between two protocols, field by field

  polymq start --help and polymq explain --help say more; --version prints the version
`
