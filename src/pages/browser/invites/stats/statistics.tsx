// The funnel of the invites, by day and by type.
import '../new/new.css'
import '../import/import.css'
import './stats.css'
import { useEffect, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Field, Heading, Notice, Waiting } from '../../kit/parts.js'
import { troubleOf } from '../../kit/troubles.js'
import { inviteTypes } from '../new/draft.js'
import { useCall } from '../session-context.js'
import type { InviteType } from '../types.js'
import { Chart, dayName, Legend } from './chart.js'
import { DayTable } from './day-table.js'
import { Funnel, stepName } from './funnel.js'
import { barsOf, daysUntil, steps, sumsOf, type StatsRow, type Step } from './numbers.js'

interface Asked {
  days: string
  whose: 'sent' | 'received' | 'all'
  type: InviteType | ''
}

interface SelectProps<T extends string> {
  label: string
  value: T
  options: { value: T; label: string }[]
  onChoose: (value: T) => void
}

const Select = <T extends string>({ label, value, options, onChoose }: SelectProps<T>) => (
  <Field label={label}>
    {(attributes) => (
      <select {...attributes} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    )}
  </Field>
)

/** The rows of the period and of whose invites; undefined while they are on their way. */
function useRows({ days, whose }: Asked) {
  const call = useCall()
  const [rows, setRows] = useState<StatsRow[]>()
  const [trouble, setTrouble] = useState('')
  const [attempt, setAttempt] = useState(0)
  useEffect(() => {
    const aborter = new AbortController()
    setRows(undefined)
    setTrouble('')
    call<{ data: StatsRow[] }>('GET', `invite-stats?days=${days}${whose === 'all' ? '' : `&action=${whose}`}`, {
      signal: aborter.signal
    })
      .then(({ body }) => setRows(body.data))
      .catch((error) => aborter.signal.aborted || setTrouble(troubleOf(error)))
    return () => aborter.abort()
  }, [days, whose, attempt])
  return { rows, trouble, again: () => setAttempt(attempt + 1) }
}

function Numbers({ rows, days, types }: { rows: StatsRow[]; days: string[]; types: InviteType[] }) {
  const [step, setStep] = useState<Step>('created')
  const bars = barsOf(rows, days, types, step)
  const totals = bars.map(({ total }) => total)
  const label = words.say('inviter.stats.alt', {
    step: stepName(step),
    from: dayName(days[0] ?? ''),
    to: dayName(days[days.length - 1] ?? ''),
    total: words.number(totals.reduce((sum, total) => sum + total, 0)),
    most: words.number(Math.max(...totals))
  })
  return (
    <>
      <div class="stack">
        <h2>{words.say('inviter.stats.funnel')}</h2>
        <Funnel sums={sumsOf(rows)} />
      </div>
      <div class="stack">
        <h2>{words.say('inviter.stats.chart')}</h2>
        <Select
          label={words.say('inviter.stats.show')}
          value={step}
          options={steps.map((value) => ({ value, label: stepName(value) }))}
          onChoose={setStep}
        />
        <Chart bars={bars} label={label} />
        <Legend types={types} />
        <p class="hint">{words.say('inviter.stats.utc')}</p>
        <DayTable rows={rows} />
      </div>
    </>
  )
}

const periods = ['7', '30', '90']

export function Statistics({ isAdmin = false }: { isAdmin?: boolean }) {
  const [asked, setAsked] = useState<Asked>({ days: '30', whose: isAdmin ? 'all' : 'sent', type: '' })
  const { rows, trouble, again } = useRows(asked)
  const change = (part: Partial<Asked>) => setAsked((before) => ({ ...before, ...part }))
  const shown = rows?.filter(({ inviteType }) => asked.type === '' || inviteType === asked.type)
  const whose: Asked['whose'][] = isAdmin ? ['all', 'sent', 'received'] : ['sent', 'received']
  const days = daysUntil(new Date().toISOString().slice(0, 10), Number(asked.days))
  return (
    <section class="maker-page stack wide">
      <Heading>{words.say('inviter.stats.title')}</Heading>
      <div class="filters">
        <Select
          label={words.say('inviter.stats.period')}
          value={asked.days}
          options={periods.map((value) => ({ value, label: words.count('inviter.stats.days', Number(value)) }))}
          onChoose={(value) => change({ days: value })}
        />
        <Select
          label={words.say('inviter.stats.whose')}
          value={asked.whose}
          options={whose.map((value) => ({ value, label: words.say(`inviter.stats.whose.${value}`) }))}
          onChoose={(value) => change({ whose: value })}
        />
        <Select
          label={words.say('inviter.stats.type')}
          value={asked.type}
          options={[
            { value: '' as const, label: words.say('inviter.stats.all-types') },
            ...inviteTypes.map((value) => ({ value, label: words.say(`inviter.type.${value}`) }))
          ]}
          onChoose={(value) => change({ type: value })}
        />
      </div>
      {trouble && (
        <Notice kind="bad">
          <p>{trouble}</p>
          <Button class="small" onClick={again}>
            {words.say('page.again')}
          </Button>
        </Notice>
      )}
      {!shown && !trouble && <Waiting />}
      {shown?.length === 0 && <Notice>{words.say('inviter.stats.empty')}</Notice>}
      {shown && shown.length > 0 && (
        <Numbers rows={shown} days={days} types={asked.type === '' ? inviteTypes : [asked.type]} />
      )}
    </section>
  )
}
