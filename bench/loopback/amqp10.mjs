import { RawConnection } from "./connection.mjs"

const OPEN = 0x10
const BEGIN = 0x11
const ATTACH = 0x12
const FLOW = 0x13
const TRANSFER = 0x14

function frameBytes(bytes, start) {
  if (bytes.length - start < 8) return 0
  return bytes.readUInt32BE(start) === HEADER_MAGIC ? 8 : bytes.readUInt32BE(start)
}

/** "AMQP", which begins the protocol header. */
const HEADER_MAGIC = 0x414d5150

function uint(value) {
  const bytes = Buffer.alloc(5, 0x70)
  bytes.writeUInt32BE(value, 1)
  return bytes
}

function variable(code, value) {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes])
}

const text = (value) => variable(0xa1, value)
const symbol = (value) => variable(0xa3, value)
const NULL = Buffer.from([0x40])
const TRUE = Buffer.from([0x41])
const FALSE = Buffer.from([0x42])

function compound(code, fields, count = fields.length) {
  const body = Buffer.concat(fields)
  const head = Buffer.alloc(9, code)
  head.writeUInt32BE(body.length + 4, 1)
  head.writeUInt32BE(count, 5)
  return Buffer.concat([head, body])
}

const list = (fields) => compound(0xd0, fields)
const map = (fields) => compound(0xd1, fields)

function described(descriptor, value) {
  return Buffer.concat([Buffer.from([0, 0x53, descriptor]), value])
}

function frame(descriptor, fields, payload = Buffer.alloc(0)) {
  const body = Buffer.concat([described(descriptor, list(fields)), payload])
  const head = Buffer.from([0, 0, 0, 0, 2, 0, 0, 0])
  head.writeUInt32BE(8 + body.length)
  return Buffer.concat([head, body])
}

function isPerformative(descriptor) {
  return (bytes, start = 0) => bytes[start + 8] === 0 && bytes[start + 10] === descriptor
}

async function open(port) {
  const connection = new RawConnection(port, frameBytes)
  connection.write(Buffer.from([0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 0]))
  await connection.frame()
  connection.write(frame(OPEN, [text("bench"), text("127.0.0.1")]))
  await connection.frame(isPerformative(OPEN))
  connection.write(frame(BEGIN, [NULL, uint(0), uint(0x7fffffff), uint(0x7fffffff)]))
  await connection.frame(isPerformative(BEGIN))
  return connection
}

function attach(isReceiver, source, target) {
  const initial = isReceiver ? NULL : uint(0)
  const settled = Buffer.from([0x50, 1])
  return frame(ATTACH, [
    text("link"),
    uint(0),
    isReceiver ? TRUE : FALSE,
    settled,
    NULL,
    source,
    target,
    NULL,
    FALSE,
    initial,
  ])
}

const PROPERTIES = Buffer.concat([
  described(0x73, list([NULL, NULL, NULL, NULL, NULL, text("correlation"), symbol("text/plain")])),
  described(0x74, map(["a", "b", "c"].flatMap((key, index) => [text(key), text(String(index))]))),
])

/** AMQP 1.0, settled both ways, with or without properties. */
export function amqp10(name, withProperties) {
  return {
    name,
    async publisher(port, topic, payload) {
      const connection = await open(port)
      const address = `/exchanges/amq.topic/${topic.replaceAll("/", ".")}`
      connection.write(attach(false, described(0x28, list([])), described(0x29, list([text(address)]))))
      await connection.frame(isPerformative(FLOW))
      const data = Buffer.concat([Buffer.from([0, 0x53, 0x75, 0xa0, payload.length]), payload])
      const sections = Buffer.concat([withProperties ? PROPERTIES : Buffer.alloc(0), data])
      const message = frame(TRANSFER, [uint(0), uint(0), Buffer.from([0xa0, 1, 0]), uint(0), TRUE], sections)
      return { message, write: (bytes) => connection.write(bytes), close: () => connection.close() }
    },
    async consumer(port, topic, onMessage) {
      const connection = await open(port)
      const address = `/exchange/amq.topic/${topic.replaceAll("/", ".")}`
      connection.write(attach(true, described(0x28, list([text(address)])), described(0x29, list([]))))
      await connection.frame(isPerformative(ATTACH))
      connection.write(
        frame(FLOW, [uint(0), uint(0x7fffffff), uint(0), uint(0x7fffffff), uint(0), uint(0), uint(0x7fffffff)]),
      )
      const isTransfer = isPerformative(TRANSFER)
      connection.onFrame = (bytes, start) => {
        if (isTransfer(bytes, start)) onMessage()
      }
      return { close: () => connection.close() }
    },
  }
}
