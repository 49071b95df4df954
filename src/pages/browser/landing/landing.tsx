// The page as a whole: it reads the invite, and shows the card of the state that it is in.
import { useEffect, useState } from 'preact/hooks'
import { words } from '../kit/page.js'
import { Button, Heading, Notice, Waiting } from '../kit/parts.js'
import { patiently } from '../kit/patience.js'
import { troubleOf } from '../kit/troubles.js'
import { AwayNotice } from '../kit/waits.js'
import { Accepted } from './accepted.js'
import { Early, Limited } from './early.js'
import { Ended, Expired, Incomplete, Used } from './ended.js'
import { linkHere, settle } from './link.js'
import { PendingCard } from './pending.js'
import { read } from './read.js'
import type { Outcome, State, Turns } from './state.js'

function useInvite(): [State, Turns] {
  const [link, setLink] = useState(linkHere)
  const [state, show] = useState<State>({ at: 'reading' })
  const again = () => setLink(linkHere())

  useEffect(() => {
    const stop = new AbortController()
    show({ at: 'reading' })
    const shown = (found: State) => {
      if (!stop.signal.aborted) show(found)
    }
    patiently(
      () => read(link),
      (wait) => shown({ at: 'away', wait }),
      stop.signal
    ).then(shown, (error: unknown) => shown({ at: 'failed', trouble: troubleOf(error) }))
    return () => stop.abort()
  }, [link])

  useEffect(() => {
    // A second link in this tab; and the back button, by which a browser may show the page as it was left.
    const returned = (event: PageTransitionEvent) => event.persisted && again()
    addEventListener('hashchange', again)
    addEventListener('pageshow', returned)
    return () => {
      removeEventListener('hashchange', again)
      removeEventListener('pageshow', returned)
    }
  }, [])

  const finish = (outcome: Outcome) => {
    settle(link, outcome)
    show(outcome)
  }
  return [state, { link, again, show, finish }]
}

function Card({ state, turns }: { state: State; turns: Turns }) {
  switch (state.at) {
    case 'reading':
    case 'away':
      return (
        <>
          <Heading>{words.say('landing.title')}</Heading>
          {state.at === 'away' ? <AwayNotice wait={state.wait} /> : <Waiting />}
        </>
      )
    case 'pending':
      return <PendingCard state={state} turns={turns} />
    case 'early':
      return <Early state={state} again={turns.again} />
    case 'expired':
      return <Expired until={state.until} link={turns.link} />
    case 'used':
      return <Used session={state.session} turns={turns} />
    case 'incomplete':
      return <Incomplete session={state.session} again={turns.again} />
    case 'limited':
      return <Limited until={state.until} again={turns.again} />
    case 'accepted':
      return <Accepted {...state} />
    case 'failed':
      return (
        <>
          <Heading>{words.say('landing.title')}</Heading>
          <Notice kind="bad">{state.trouble}</Notice>
          <Button onClick={turns.again}>{words.say('page.again')}</Button>
        </>
      )
    default:
      return <Ended at={state.at} />
  }
}

export function LandingPage() {
  const [state, turns] = useInvite()
  return (
    <main class="card" key={state.at}>
      <Card state={state} turns={turns} />
    </main>
  )
}
