// The parts of a page that wait: a time that runs down, and the notice that the service is away.
import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { words } from './page.js'
import { Button, Notice } from './parts.js'
import type { Wait } from './patience.js'

/** The time by the browser's clock, in milliseconds, once a second until `end`; `onEnd` is called then. */
export function useClock(end: number, onEnd?: () => void): number {
  const [now, setNow] = useState(Date.now)
  const isOver = now >= end
  useEffect(() => {
    if (isOver) {
      onEnd?.()
      return undefined
    }
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [end, isOver])
  return now
}

/** How long it is until `end`, like “in 5 minutes”; a screen reader does not read each change. */
export const Remaining = ({ end, onEnd }: { end: number; onEnd?: () => void }) => {
  const now = useClock(end, onEnd)
  return (
    <span role="timer" aria-live="off">
      {words.ahead((end - now) / 1000)}
    </span>
  )
}

/** The service is away; the page tries again by itself. */
export const AwayNotice = ({ wait, children }: { wait: Wait; children?: ComponentChildren }) => (
  <>
    <Notice kind="bad">
      {children}
      {words.say('page.away')}
    </Notice>
    <p class="quiet">
      {words.say('page.retry')} <Remaining key={wait.until} end={wait.until} />
    </p>
    <Button onClick={wait.end}>{words.say('page.again')}</Button>
  </>
)
