import { type Framing, readUint32 } from "@polymq/wire"
import { FRAME_HEADER_BYTES, FRAME_OVERHEAD_BYTES } from "./constants.ts"

/** Size of a frame, from the size of its payload in octets 3 to 6 (2.3.5). */
export const frameFraming: Framing = {
  frameBytes(bytes, start, end) {
    return end - start < FRAME_HEADER_BYTES ? 0 : readUint32(bytes, start + 3) + FRAME_OVERHEAD_BYTES
  },
}
