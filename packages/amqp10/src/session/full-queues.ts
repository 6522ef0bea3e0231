import { ValueMap } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import { encodeComposite } from "../codec/codec.ts"
import { CONDITION } from "../codec/constants.ts"
import { dispositionBytes } from "../codec/put-frames.ts"
import type { OutcomeNumber } from "./pending-settlements.ts"
import { FIRST_FREE_OUTCOME, REJECTED_LIMIT } from "./publish-outcomes.ts"

/** Queues that one session tells apart; what others refuse is rejected without their names. */
const MAX_QUEUES = 64

const writer = new ByteWriter(128)

/** The outcomes of one session that name the full queue: AMQP 1.0 clients of RabbitMQ look for its name in the error's info. */
export class FullQueues {
  readonly #numbers = new Map<string, OutcomeNumber>()
  readonly #encoded: Uint8Array[] = []
  readonly #maxFrameBytes: number

  /** `maxFrameBytes` is the largest frame that the peer takes. */
  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
  }

  /** The outcome of a message that the queue had no room for. */
  outcomeOf(queue: string): OutcomeNumber {
    const known = this.#numbers.get(queue)
    if (known !== undefined) return known
    if (this.#numbers.size === MAX_QUEUES) return REJECTED_LIMIT
    const number = this.#numberOf(encodedRejection(queue))
    this.#numbers.set(queue, number)
    return number
  }

  /** The encoded delivery state; undefined for an outcome that is the same in all sessions. */
  encoded(outcome: OutcomeNumber): Uint8Array | undefined {
    return this.#encoded[outcome - FIRST_FREE_OUTCOME]
  }

  /** A long name does not fit the smallest frames. */
  #numberOf(rejection: Uint8Array): OutcomeNumber {
    if (dispositionBytes(rejection.length) > this.#maxFrameBytes) return REJECTED_LIMIT
    return FIRST_FREE_OUTCOME + this.#encoded.push(rejection) - 1
  }
}

function encodedRejection(queue: string): Uint8Array {
  const info = new ValueMap([
    [
      { type: "symbol", value: "queue" },
      { type: "string", value: queue },
    ],
    [
      { type: "symbol", value: "reason" },
      { type: "string", value: "maxlen" },
    ],
  ])
  const description = `queue '${queue}' exceeded maximum length`
  const condition = CONDITION.resourceLimitExceeded
  const error = { type: "error", condition, description, info: { type: "map", value: info } } as const
  return encodeComposite(writer, { type: "rejected", error })
}
