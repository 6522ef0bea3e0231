/** Something that holds entries which end by themselves. */
export interface Expirable {
  /** Drops what has expired; false when nothing is left that can. */
  expire(nowMs: number): boolean
}

/** What is looked through now and then for what has expired. */
export interface Expiring {
  add(expirable: Expirable): void
  delete(expirable: Expirable): void
}

/** Drops what has expired in all of them, and lets go of those in which nothing is left that can. */
export function lookThrough(expirables: Set<Expirable>, nowMs: number): void {
  for (const expirable of expirables) {
    if (!expirable.expire(nowMs)) expirables.delete(expirable)
  }
}
