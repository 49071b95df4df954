// A call of a person, like an acceptance: busy meanwhile, repeated while the service is away, and its refusal in words.
import { useEffect, useRef, useState } from 'preact/hooks'
import { patiently, type Wait } from '../kit/patience.js'

export interface Answering {
  busy: boolean
  /** The service is away; the call is made again by itself. */
  wait: Wait | undefined
  /** Does nothing while another one is busy, but ends its wait. */
  start: <T>(work: () => Promise<T>, done: (result: T) => void, failed: (error: unknown) => void) => void
}

/** `work` must be safe to repeat. The call ends with the part of the page that began it. */
export function useAnswer(): Answering {
  const [busy, setBusy] = useState(false)
  const [wait, setWait] = useState<Wait>()
  const running = useRef<AbortController | undefined>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const start: Answering['start'] = (work, done, failed) => {
    if (running.current) {
      wait?.end()
      return
    }
    const stop = (running.current = new AbortController())
    const ended = () => {
      running.current = undefined
      setBusy(false)
      setWait(undefined)
    }
    setBusy(true)
    patiently(work, setWait, stop.signal).then(
      (result) => {
        ended()
        if (!stop.signal.aborted) done(result)
      },
      (error: unknown) => {
        ended()
        if (!stop.signal.aborted) failed(error)
      }
    )
  }
  return { busy, wait, start }
}
