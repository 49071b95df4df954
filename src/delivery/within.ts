// The limit of the work of a carrier.
import { setTimeout as sleep } from 'node:timers/promises'
import { NotSent } from './message.js'

/** Rejects when a carrier takes too long. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const clock = new AbortController()
  const late = sleep(ms, undefined, { signal: clock.signal }).then(() => {
    throw new NotSent(`no answer within ${Math.round(ms / 1000)} s`)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    late.catch(() => {})
    clock.abort()
  }
}
