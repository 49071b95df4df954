// Makes a call again while the service is away: when the browser is online again, after Retry-After, and each time a
// little later.
import { Away } from './api.js'

/** The pause before the next attempt. */
export interface Wait {
  /** Its end, by the browser's clock, in milliseconds. */
  until: number
  /** Ends it at once. */
  end: () => void
}

const mostSeconds = 30
/** A proxy in between may say `Retry-After: 0`, or a time that no timer of a browser can hold. */
const bounded = (seconds: number) => Math.min(Math.max(seconds, 1), 3600)

function pause(seconds: number, onWait: (wait: Wait) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      clean()
      reject(new DOMException('', 'AbortError'))
    }
    const end = () => {
      clean()
      resolve()
    }
    const timer = setTimeout(end, seconds * 1000)
    const clean = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      signal.removeEventListener('abort', stopped)
    }
    addEventListener('online', end)
    signal.addEventListener('abort', stopped)
    onWait({ until: Date.now() + seconds * 1000, end })
  })
}

/**
 * The result of `work`, or what it throws, but for Away: then it works again. `work` must be safe to repeat. `onWait`
 * hears of each pause. An abort of `signal` is an AbortError.
 */
export async function patiently<T>(
  work: () => Promise<T>,
  onWait: (wait: Wait) => void,
  signal: AbortSignal
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Away)) throw error
      const seconds = error.retryAfterSeconds ?? Math.min(mostSeconds, 2 ** attempt)
      await pause(bounded(seconds), onWait, signal)
    }
  }
}
