export { ByteReader, readUint16, readUint32, readUint64 } from "./byte-reader.ts"
export { ByteWriter, cloneBytes, copyBytes } from "./byte-writer.ts"
export { DecodeError, type DecodeErrorCode } from "./decode-error.ts"
export { FrameAssembler, type FrameSink, type Framing } from "./frame-assembler.ts"
export { putUint16, putUint32, putUint64 } from "./put-integers.ts"
export { asBuffer, byteLength, decodeUtf8, encodeUtf8, hasNul, isAscii, isUtf8 } from "./utf8.ts"
export {
  MAX_VARINT,
  putVarint,
  readVarint,
  VARINT_INCOMPLETE,
  VARINT_MALFORMED,
  varintBytes,
  writeVarint,
} from "./varint.ts"
export { readWide, wideViewOf } from "./wide-view.ts"
