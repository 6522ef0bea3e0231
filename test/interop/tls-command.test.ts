import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { once } from "node:events"
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface, type Interface } from "node:readline"
import { connect, type TLSSocket } from "node:tls"
import { fileURLToPath } from "node:url"
import { connectAsync } from "mqtt"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { certificateFile, clientTls } from "./clients/certificates.ts"

const COMMAND = fileURLToPath(new URL("../../packages/polymq/bin/polymq.js", import.meta.url))

let folder: string
let child: ChildProcessWithoutNullStreams | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "polymq-tls-"))
})

afterEach(async () => {
  child?.kill("SIGKILL")
  await rm(folder, { recursive: true })
})

/** Runs the command with a configuration file in the test's folder. */
async function run(configuration: string): Promise<ChildProcessWithoutNullStreams> {
  const file = join(folder, "polymq.yaml")
  await writeFile(file, configuration)
  // Nothing of the machine's own settings may reach the tests.
  const environment = Object.entries(process.env).filter(([name]) => !/^(POLYMQ|RABBITMQ)_/.test(name))
  child = spawn(process.execPath, [COMMAND, "start", "--config", file, "--json"], {
    env: Object.fromEntries(environment),
  })
  return child
}

async function nextLine(lines: Interface): Promise<unknown> {
  const [line] = (await once(lines, "line")) as [string]
  return JSON.parse(line)
}

/** Puts a certificate of the fixtures where the configuration looks for it. */
async function install(name: string, key = name): Promise<void> {
  await copyFile(certificateFile(name), join(folder, "server.pem"))
  await copyFile(certificateFile(`${key}-key`), join(folder, "server-key.pem"))
}

async function organisation(url: string): Promise<string | readonly string[] | undefined> {
  const { hostname, port } = new URL(url)
  const socket: TLSSocket = connect({ host: hostname, port: Number(port), ...clientTls() })
  await once(socket, "secureConnect")
  const { O } = socket.getPeerCertificate().subject
  socket.destroy()
  return O
}

const LISTENERS = `
listeners:
  amqp: { port: 0 }
  amqps: { port: 0 }
  mqtt: { port: off }
  mqtts: { port: 0 }
  ws: { port: 0 }
  wss: { port: 0 }
tls:
  certificate: server.pem
  key: server-key.pem
`

describe("polymq start with a certificate", () => {
  it("tells every url, and reads the certificate again on SIGHUP", async () => {
    await install("server")
    const broker = await run(LISTENERS)
    const [output, log] = [createInterface(broker.stdout), createInterface(broker.stderr)]
    const ready = (await nextLine(output)) as { readonly urls: Readonly<Record<string, string>> }
    expect(ready).toEqual({
      event: "ready",
      urls: {
        amqp: expect.stringMatching(/^amqp:\/\/guest:guest@127\.0\.0\.1:\d+$/),
        amqps: expect.stringMatching(/^amqps:\/\/guest:guest@127\.0\.0\.1:\d+$/),
        mqtts: expect.stringMatching(/^mqtts:\/\/127\.0\.0\.1:\d+$/),
        ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/ws$/),
        wss: expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+\/ws$/),
      },
    })
    const { mqtts = "", wss = "" } = ready.urls
    const client = await connectAsync(wss, { ...clientTls(), reconnectPeriod: 0 })
    expect(await organisation(mqtts)).toBeUndefined()

    await nextLine(log)
    await install("next-server")
    broker.kill("SIGHUP")
    expect(await nextLine(log)).toMatchObject({ msg: "certificate reloaded", subject: "CN=localhost, O=next" })
    expect(await organisation(mqtts)).toBe("next")

    await nextLine(log)
    await install("server", "plant")
    broker.kill("SIGHUP")
    expect(await nextLine(log)).toMatchObject({
      level: 50,
      msg: "certificate not reloaded",
      reason: expect.stringContaining("server-key.pem is not the key of the certificate"),
    })
    expect(await organisation(mqtts)).toBe("next")
    await client.publishAsync("still", "there", { qos: 1 })
    await client.endAsync()
  })

  it("refuses one that cannot be used with file, line and key", async () => {
    await install("server", "plant")
    const broker = await run(LISTENERS)
    const closed = once(broker, "close")
    expect((await once(createInterface(broker.stderr), "line"))[0]).toBe(
      `polymq: ${join(folder, "polymq.yaml")}:11:8: tls.key: ${join(folder, "server-key.pem")} ` +
        "is not the key of the certificate; give the one it was requested with",
    )
    expect((await closed)[0]).toBe(1)
  })

  it("refuses half of what it needs, and a secure listener without", async () => {
    const first = await run("tls:\n  key: server-key.pem\n")
    expect((await once(createInterface(first.stderr), "line"))[0]).toBe(
      `polymq: ${join(folder, "polymq.yaml")}:2:8: tls.key needs tls.certificate`,
    )
    const second = await run("listeners:\n  amqps:\n    port: 5671\n")
    expect((await once(createInterface(second.stderr), "line"))[0]).toBe(
      `polymq: ${join(folder, "polymq.yaml")}:2:3: listeners.amqps needs tls.certificate and tls.key`,
    )
  })
})
