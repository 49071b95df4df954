// The cards that wait for a time: an invite that is not open yet, and a caller who tried too often.
import { useState } from 'preact/hooks'
import { words } from '../kit/page.js'
import { Button, Heading } from '../kit/parts.js'
import { Remaining } from '../kit/waits.js'
import { Fact, Facts, Time } from './facts.js'
import { sentence } from './sentence.js'
import type { State } from './state.js'

type EarlyState = Extract<State, { at: 'early' }>

const Opening = ({ state: { from, opensAt }, again }: { state: EarlyState; again: () => void }) => (
  <Fact name={words.say('landing.opens')}>
    {from && <Time at={from} />} <Remaining end={opensAt} onEnd={again} />
  </Fact>
)

/** The page goes on by itself at the time of the opening, by the service's clock. */
export function Early({ state, again }: { state: EarlyState; again: () => void }) {
  const { invite } = state
  const opening = <Opening state={state} again={again} />
  return (
    <>
      <Heading>{invite ? sentence(invite) : words.say('landing.title')}</Heading>
      {invite ? <Facts invite={invite}>{opening}</Facts> : <dl class="facts">{opening}</dl>}
      <p class="notice">{words.say('landing.early')}</p>
    </>
  )
}

export function Limited({ until, again }: { until: number; again: () => void }) {
  const [isOver, setIsOver] = useState(false)
  return (
    <>
      <Heading>{words.say('landing.limited')}</Heading>
      <p>
        {words.say('landing.limited.why')} {!isOver && <Remaining end={until} onEnd={() => setIsOver(true)} />}
      </p>
      <Button kind="primary" disabled={!isOver} onClick={again}>
        {words.say('page.again')}
      </Button>
    </>
  )
}
