import { RawConnection } from "./connection.mjs"

const METHOD = 1
const HEADER = 2
const BODY = 3

function frameBytes(bytes, start) {
  return bytes.length - start < 7 ? 0 : 8 + bytes.readUInt32BE(start + 3)
}

function frame(type, channel, ...parts) {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(7)
  head[0] = type
  head.writeUInt16BE(channel, 1)
  head.writeUInt32BE(body.length, 3)
  return Buffer.concat([head, body, Buffer.from([0xce])])
}

function method(channel, classId, methodId, ...parts) {
  return frame(METHOD, channel, Buffer.from([0, classId, 0, methodId]), ...parts)
}

function short(value) {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function long(value) {
  const bytes = Buffer.from(value)
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

const HEADERS = long(
  Buffer.concat(
    ["a", "b", "c"].map((key, index) => Buffer.concat([short(key), Buffer.from("S"), long(String(index))])),
  ),
)

async function open(port) {
  const connection = new RawConnection(port, frameBytes)
  const answer = () => connection.frame()
  connection.write(Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1]))
  await answer()
  connection.write(method(0, 10, 11, long(""), short("PLAIN"), long("\0guest\0guest"), short("en_US")))
  await answer()
  connection.write(method(0, 10, 31, Buffer.from([0, 0, 0, 2, 0, 0, 0, 0])))
  connection.write(method(0, 10, 40, short("/"), short(""), Buffer.from([0])))
  await answer()
  connection.write(method(1, 20, 10, short("")))
  await answer()
  return connection
}

/** AMQP 0.9.1, transient, consumed without acknowledgements, with or without properties. */
export function amqp091(name, withProperties) {
  return {
    name,
    async publisher(port, topic, payload) {
      const connection = await open(port)
      const size = Buffer.alloc(8)
      size.writeUInt32BE(payload.length, 4)
      const properties = withProperties
        ? [Buffer.from([0xa4, 0]), short("text/plain"), HEADERS, short("correlation")]
        : [Buffer.from([0, 0])]
      const message = Buffer.concat([
        method(1, 60, 40, Buffer.from([0, 0]), short("amq.topic"), short(topic.replaceAll("/", ".")), Buffer.from([0])),
        frame(HEADER, 1, Buffer.from([0, 60, 0, 0]), size, ...properties),
        frame(BODY, 1, payload),
      ])
      return { message, write: (bytes) => connection.write(bytes), close: () => connection.close() }
    },
    async consumer(port, topic, onMessage) {
      const connection = await open(port)
      connection.write(method(1, 50, 10, Buffer.from([0, 0]), short(""), Buffer.from([0b0000_0100]), long("")))
      const declared = await connection.frame()
      const queue = short(declared.toString("utf8", 12, 12 + declared[11]))
      connection.write(
        method(
          1,
          50,
          20,
          Buffer.from([0, 0]),
          queue,
          short("amq.topic"),
          short(topic.replaceAll("/", ".")),
          Buffer.from([0]),
          long(""),
        ),
      )
      await connection.frame()
      connection.write(method(1, 60, 20, Buffer.from([0, 0]), queue, short(""), Buffer.from([0b0000_0010]), long("")))
      await connection.frame()
      connection.onFrame = (bytes, start) => {
        if (bytes[start] === BODY) onMessage()
      }
      return { close: () => connection.close() }
    },
  }
}
