import { createHash } from "node:crypto"
import type { ReceivedFrame } from "./received-frame.ts"
import type { ScriptedPeer } from "./scripted-peer.ts"
import type { Stage } from "./stage.ts"

/** Adds a user whose password takes a while to check, because only its hash is known; `write` is what they may write to. */
export function addUser(stage: Stage, name: string, password: string, write = ".*"): void {
  const salt = Buffer.of(1, 2, 3, 4)
  const digest = createHash("sha256").update(salt).update(password).digest()
  stage.broker.importDefinitions({
    users: [{ name, password_hash: Buffer.concat([salt, digest]).toString("base64"), tags: "" }],
    permissions: [{ user: name, vhost: "/", configure: ".*", write, read: ".*" }],
  })
}

/** Waits for the answer to a login, which comes outside of the turn; returns what was sent until then. */
export async function loginAnswer(peer: ScriptedPeer): Promise<ReceivedFrame[]> {
  const frames: ReceivedFrame[] = []
  while (frames.every((frame) => frame.kind !== "sasl" || frame.body.type !== "saslOutcome")) {
    if (peer.closedFor !== undefined) break
    await new Promise((resolve) => setImmediate(resolve))
    frames.push(...peer.take())
  }
  return frames
}
