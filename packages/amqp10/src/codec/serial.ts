/**
 * Serial-number arithmetic (RFC 1982, 32 bits), which transfer-ids, delivery-ids and delivery-counts follow (AMQP 1.0
 * part 2, 2.8.10): numbers wrap around, and "before" means less than half of the circle away.
 */

/** The number `count` steps after `from`. */
export function serialAdd(from: number, count: number): number {
  return (from + count) >>> 0
}

/** Steps from `from` forward to `to`: 0 to 2^32 - 1. */
export function serialSteps(from: number, to: number): number {
  return (to - from) >>> 0
}

/** Negative when `left` comes before `right`, positive when after, 0 when they are equal. */
export function serialCompare(left: number, right: number): number {
  return (left - right) | 0
}
