import type { Limits } from "@polymq/broker"
import { MIN_FRAME_BYTES } from "../codec/constants.ts"
import type { ArgumentsOf } from "../codec/methods.ts"
import { Amqp091Error } from "../errors.ts"

/** What both sides keep to (1.4.2.6). */
export interface Negotiated {
  readonly channelMax: number
  readonly maxFrameBytes: number
  /** 0: no heartbeats. */
  readonly heartbeatSeconds: number
}

/** What the server offers in connection.tune; a frame limit below the least one is raised to it. */
export function offer(limits: Limits): ArgumentsOf<"connection.tune"> {
  return {
    channelMax: Math.min(limits.maxChannels, 0xffff),
    frameMax: Math.max(limits.maxFrameBytes, MIN_FRAME_BYTES),
    heartbeat: Math.min(limits.heartbeatSeconds, 0xffff),
  }
}

/** Reads the client's answer: it may lower the limits, 0 takes the server's. Raises `Amqp091Error`. */
export function negotiate(
  offered: ArgumentsOf<"connection.tune">,
  answer: ArgumentsOf<"connection.tune-ok">,
): Negotiated {
  return {
    channelMax: lowered("channel_max", offered.channelMax, answer.channelMax, 1),
    maxFrameBytes: lowered("frame_max", offered.frameMax, answer.frameMax, MIN_FRAME_BYTES),
    heartbeatSeconds: answer.heartbeat,
  }
}

function lowered(name: string, offered: number, answer: number, least: number): number {
  if (answer === 0) return offered
  if (answer < least) {
    throw new Amqp091Error(
      "NOT_ALLOWED",
      `negotiated ${name} = ${answer} is lower than the minimum allowed value (${least})`,
    )
  }
  if (answer > offered) {
    throw new Amqp091Error(
      "NOT_ALLOWED",
      `negotiated ${name} = ${answer} is higher than the maximum allowed value (${offered})`,
    )
  }
  return answer
}
