import { RawConnection } from "./connection.mjs"

const PUBLISH = 3
const SUBACK = 9

function frameBytes(bytes, start) {
  let size = 0
  for (let index = 1; index <= 4; index++) {
    if (start + index >= bytes.length) return 0
    const byte = bytes[start + index]
    size |= (byte & 0x7f) << (7 * (index - 1))
    if (byte < 0x80) return 1 + index + size
  }
  return 0
}

function packet(first, ...parts) {
  const body = Buffer.concat(parts)
  const length = []
  for (let rest = body.length; ; rest >>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80)
    if (rest < 0x80) break
  }
  return Buffer.concat([Buffer.from([first, ...length]), body])
}

function text(value) {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length]), bytes])
}

const PROPERTIES = Buffer.concat([
  Buffer.from([0x03]),
  text("text/plain"),
  Buffer.from([0x09]),
  text("correlation"),
  Buffer.from([0x26]),
  text("a"),
  text("1"),
  Buffer.from([0x26]),
  text("b"),
  text("2"),
  Buffer.from([0x26]),
  text("c"),
  text("3"),
])

async function open(port) {
  const connection = new RawConnection(port, frameBytes)
  connection.write(packet(0x10, text("MQTT"), Buffer.from([5, 2, 0, 0, 0]), text("")))
  await connection.frame()
  return connection
}

/** MQTT 5.0 with quality of service 0, with or without properties. */
export function mqtt(name, withProperties) {
  return {
    name,
    async publisher(port, topic, payload) {
      const connection = await open(port)
      const properties = withProperties
        ? Buffer.concat([Buffer.from([PROPERTIES.length]), PROPERTIES])
        : Buffer.from([0])
      const message = packet(0x30, text(topic), properties, payload)
      return { message, write: (bytes) => connection.write(bytes), close: () => connection.close() }
    },
    async consumer(port, topic, onMessage) {
      const connection = await open(port)
      connection.write(packet(0x82, Buffer.from([0, 1, 0]), text(topic), Buffer.from([0])))
      await connection.frame((frame) => frame[0] >> 4 === SUBACK)
      connection.onFrame = (bytes, start) => {
        if (bytes[start] >> 4 === PUBLISH) onMessage()
      }
      return { close: () => connection.close() }
    },
  }
}
