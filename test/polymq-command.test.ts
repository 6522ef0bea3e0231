import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer, type Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { connectAsync } from "mqtt"
import { afterEach, describe, expect, it } from "vitest"

const COMMAND = fileURLToPath(new URL("../packages/polymq/bin/polymq.js", import.meta.url))
const running: ChildProcessWithoutNullStreams[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL")
})

function run(...args: readonly string[]): ChildProcessWithoutNullStreams {
  // Nothing of the machine's own settings may reach the tests.
  const environment = Object.entries(process.env).filter(([name]) => !/^(POLYMQ|RABBITMQ)_/.test(name))
  const child = spawn(process.execPath, [COMMAND, ...args], { env: Object.fromEntries(environment) })
  running.push(child)
  return child
}

interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The event, and not a failure to start the process. */
function exited(child: ChildProcessWithoutNullStreams): Promise<readonly [code: number | null, signal: string | null]> {
  return new Promise((resolve) => child.once("close", (code, signal) => resolve([code, signal])))
}

async function finished(child: ChildProcessWithoutNullStreams): Promise<Finished> {
  const read = async (stream: AsyncIterable<unknown>): Promise<string> => {
    let text = ""
    for await (const chunk of stream) text += String(chunk)
    return text
  }
  const [stdout, stderr, [code]] = await Promise.all([read(child.stdout), read(child.stderr), exited(child)])
  return { code, stdout, stderr }
}

interface Ready {
  readonly event: string
  readonly urls: { readonly amqp?: string; readonly mqtt?: string }
}

async function readyLine(child: ChildProcessWithoutNullStreams): Promise<Ready> {
  const [line] = (await once(createInterface(child.stdout), "line")) as [string]
  return JSON.parse(line) as Ready
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer()
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return { server, port: (server.address() as { readonly port: number }).port }
}

describe("polymq start", () => {
  it("says on one line that it is ready, serves, and exits with 0 on SIGTERM", async () => {
    const child = run("start", "--amqp", "0", "--mqtt", "0", "--json")
    const { event, urls } = await readyLine(child)
    expect(event).toBe("ready")
    expect(urls.amqp).toMatch(/^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/)
    const client = await connectAsync(urls.mqtt ?? "", { reconnectPeriod: 0 })
    const closed = new Promise<void>((resolve) => client.once("close", () => resolve()))
    const exit = exited(child)
    child.kill("SIGTERM")
    expect(await exit).toEqual([0, null])
    await closed
    await client.endAsync()
  })

  it("shows every url and the credentials on one screen, and exits with 0 on SIGINT", async () => {
    const child = run("start", "--memory", "--amqp", "0", "--mqtt", "0")
    const exit = exited(child)
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      if (line.includes("Ctrl+C")) child.kill("SIGINT")
    }
    const screen = lines.join("\n")
    expect(screen).toMatch(/AMQP 0\.9\.1, 1\.0 +amqp:\/\/guest:guest@127\.0\.0\.1:\d+/)
    expect(screen).toMatch(/MQTT 3\.1\.1, 5\.0 +mqtt:\/\/127\.0\.0\.1:\d+/)
    expect(screen).toContain("user guest, password guest, from this machine only")
    expect(screen).toContain("nothing survives a restart")
    expect(await exit).toEqual([0, null])
  })

  it("does not print a password that somebody chose", async () => {
    const folder = await mkdtemp(join(tmpdir(), "polymq-command-"))
    const file = join(folder, "polymq.yaml")
    await writeFile(file, "defaultUser:\n  name: alice\n  password: sesame\nlisteners:\n  mqtt:\n    port: off\n")
    const child = run("start", "--config", file, "--amqp", "0", "--json")
    const { urls } = await readyLine(child)
    expect(urls).toEqual({ amqp: expect.stringMatching(/^amqp:\/\/127\.0\.0\.1:\d+$/) })
    child.kill("SIGTERM")
    await exited(child)
    await rm(folder, { recursive: true })
  })

  it("names a taken port and the flag that changes it", async () => {
    const { server, port } = await listen()
    const { code, stdout, stderr } = await finished(run("start", "--amqp", String(port), "--mqtt", "off"))
    expect(stderr).toBe(
      `polymq: listener amqp: port ${port} on 127.0.0.1 is already in use; ` +
        "choose another with --amqp PORT or the key listeners.amqp.port\n",
    )
    expect([code, stdout]).toEqual([1, ""])
    server.close()
  })

  it("logs on standard error why a connection was refused", async () => {
    const child = run("start", "--amqp", "0", "--mqtt", "0", "--json")
    const { urls } = await readyLine(child)
    const refused = connectAsync(urls.mqtt ?? "", { username: "guest", password: "sesame", reconnectPeriod: 0 })
    await expect(refused).rejects.toThrow()
    const [line] = (await once(createInterface(child.stderr), "line")) as [string]
    expect(JSON.parse(line)).toMatchObject({ msg: "connection closed", protocol: "mqtt", peer: "127.0.0.1" })
    expect(line).not.toContain("sesame")
  })

  it("refuses a configuration with file, line and key", async () => {
    const folder = await mkdtemp(join(tmpdir(), "polymq-command-"))
    const file = join(folder, "polymq.yaml")
    await writeFile(file, "listeners:\n  amqp:\n    prot: 5672\n")
    const { code, stderr } = await finished(run("start", "--config", file))
    expect(stderr).toBe(`polymq: ${file}:3:5: unknown key listeners.amqp.prot; did you mean port?\n`)
    expect(code).toBe(1)
    await rm(folder, { recursive: true })
  })

  it("names the place that is wrong in definitions", async () => {
    const folder = await mkdtemp(join(tmpdir(), "polymq-command-"))
    const file = join(folder, "definitions.json")
    await writeFile(file, JSON.stringify({ queues: [{ vhost: "/", durable: true }] }))
    const configuration = join(folder, "polymq.yaml")
    await writeFile(configuration, `definitions: ${file}\n`)
    const { code, stderr } = await finished(run("start", "--config", configuration, "--amqp", "0", "--mqtt", "off"))
    expect(stderr).toMatch(/^polymq: .*definitions\.json: definitions: queues\[0\]\.name: /)
    expect(code).toBe(1)
    await rm(folder, { recursive: true })
  })

  it.each([
    [["start", "--ampq", "5672"], "unknown flag --ampq; did you mean --amqp?"],
    [["start", "--amqp"], "--amqp needs a value"],
    [["start", "now"], "unexpected argument now; see --help"],
    [["strat"], "there is no command strat; see --help"],
  ])("refuses the command line %j", async (args, problem) => {
    const { code, stderr } = await finished(run(...args))
    expect(stderr).toBe(`polymq: ${problem}\n`)
    expect(code).toBe(2)
  })
})

describe("polymq explain", () => {
  // QoS 1, topic "a/b", packet identifier 1, content type "t/p", user property k = v, payload "hi".
  const PUBLISH = "32170003612f6200010d030003742f702600016b000176" + "6869"

  it("tells field by field what happens, and by which row", async () => {
    const { code, stdout } = await finished(run("explain", "--from", "mqtt5", "--to", "amqp091", "--hex", PUBLISH))
    expect(code).toBe(0)
    expect(stdout).toContain("MQTT 5.0 to AMQP 0.9.1  (profile documented)")
    expect(stdout).toMatch(/= kept +properties\.content-type +"t\/p" utf8/)
    expect(stdout).toMatch(/-> properties\.content_type +"t\/p" shortstr/)
    expect(stdout).toContain("row mqtt-amqp091/content-type")
    expect(stdout).toContain("What the AMQP 0.9.1 consumer gets")
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it("reads standard input and writes JSON", async () => {
    const child = run("explain", "--from", "mqtt5", "--to", "amqp091", "--json", "-")
    child.stdin.end(Buffer.from(PUBLISH, "hex"))
    const { stdout } = await finished(child)
    expect(JSON.parse(stdout)).toMatchObject({
      from: "MQTT 5.0",
      to: "AMQP 0.9.1",
      findings: expect.arrayContaining([
        {
          field: "fixed-header.qos",
          outcome: "converted",
          row: "mqtt-amqp091/qos",
          typeRow: null,
          reason: "",
          before: { type: "bits", value: 1 },
          after: { field: "properties.delivery_mode", type: "octet", value: 2 },
        },
      ]),
    })
  })

  it.each([
    [["--from", "mqtt5", "--to", "amqp091"], 2, "give one message: --hex HEX, a file, - or --corpus FILE#ID"],
    [
      ["--from", "mqtt6", "--to", "amqp091", "--hex", PUBLISH],
      2,
      "--from mqtt6 is not known: mqtt5 | mqtt311 | amqp091 | amqp10",
    ],
    [["--from", "mqtt5", "--hex", PUBLISH], 2, "--to is missing: mqtt5 | mqtt311 | amqp091 | amqp10"],
    [["--from", "mqtt5", "--to", "amqp091", "--hex", "xyz"], 1, "not hexadecimal: pairs of 0-9 and a-f are expected"],
    [
      ["--from", "mqtt5", "--to", "amqp091", "--hex", "1000"],
      1,
      "this is not a message of MQTT 5.0: not the first byte of a PUBLISH",
    ],
  ])("refuses %j", async (args, exitCode, problem) => {
    const { code, stderr } = await finished(run("explain", ...args))
    expect(stderr).toBe(`polymq: ${problem}\n`)
    expect(code).toBe(exitCode)
  })
})
