// How long a message waits after an attempt that failed, and when there is no further attempt.

/** With the pauses below, the last attempt is about 24 hours after the first one. */
export const maxAttempts = 15

const first = 30
/** In seconds, also for the patience that a provider asks for. */
const longest = 4 * 3600

/** The messages that one outage has deferred must not all be due at the same second: 3 % more or less. */
const spread = 0.03

/**
 * The seconds until the next attempt, after `attempts` attempts: 30, 60, 120, … at most four hours. `retryAfterSeconds`
 * is what the provider asks for: the pause is not shorter, up to those four hours. `random` is between 0 and 1.
 */
export function backOff(attempts: number, retryAfterSeconds = 0, random = Math.random()): number {
  const pause = Math.min(longest, first * 2 ** (attempts - 1)) * (1 - spread + 2 * spread * random)
  return Math.max(pause, Math.min(longest, retryAfterSeconds))
}
