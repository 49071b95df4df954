// The last step of inviting a list: how far it is, and what became of each row.
import { useEffect, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import { timeAfter } from '../../kit/troubles.js'
import { wordsOfReason } from '../new/problems.js'
import { wordsOfProblem } from './check-list.js'
import { countsOf, isDone, type Job } from './job.js'
import type { RowProblem } from './read-list.js'
import { reportOf } from './report.js'
import { RowTable } from './row-table.js'
import type { Pause } from './send.js'

interface SendListProps {
  job: Job
  pause: Pause | undefined
  isStopping: boolean
  trouble: string
  onStop: () => void
  onContinue: () => void
  onAnother: () => void
}

/** Of a row that has failed: here, or at the service. */
const sentenceFor = (job: Job) => (reason: string, message: string) =>
  job.rows.some(({ problem }) => problem === reason)
    ? wordsOfProblem(reason as RowProblem)
    : (wordsOfReason(reason) ?? message)

/** Gives the browser a file to keep. */
function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser reads it after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The seconds that are left. A screen reader hears the time at which it goes on, once, and not each second. */
function Countdown({ until }: { until: number }) {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return <p aria-hidden="true">{words.count('inviter.import.left', Math.max(0, Math.ceil((until - now) / 1000)))}</p>
}

function PauseNotice({ pause: { why, until } }: { pause: Pause }) {
  const time = words.name(timeAfter((until - Date.now()) / 1000))
  return (
    <Notice>
      <p>{words.say(why === 'quota' ? 'inviter.import.wait' : 'inviter.import.away', { time })}</p>
      <Countdown until={until} />
    </Notice>
  )
}

export function SendList(props: SendListProps) {
  const { job, pause, isStopping, trouble, onStop, onContinue, onAnother } = props
  const { invited, failed, total } = countsOf(job)
  const state = job.isRunning ? 'sending' : isDone(job) ? 'finished' : 'stopped'
  const progress = words.say('inviter.import.progress', {
    done: words.number(invited + failed),
    total: words.number(total)
  })
  const wordsOf = sentenceFor(job)
  const failures = job.rows.flatMap(({ row, address }, index) => {
    const result = job.results[index]
    return result && 'reason' in result ? [{ row, address, problem: wordsOf(result.reason, result.message) }] : []
  })
  return (
    <div class="stack parts">
      <progress max={total} value={invited + failed} aria-label={words.say('inviter.import.title')} />
      <div role="status" class="counts">
        <p>
          <strong>{progress}</strong>
        </p>
        <p>
          {words.count('inviter.import.made', invited)}
          {failed > 0 && ` · ${words.count('inviter.import.failed', failed)}`}
        </p>
        <p class="quiet">{words.say(isStopping ? 'inviter.import.stopping' : `inviter.import.${state}`)}</p>
      </div>
      {pause && job.isRunning && <PauseNotice pause={pause} />}
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {failures.length > 0 && <RowTable caption={words.say('inviter.import.failures')} rows={failures} />}
      <div class="row">
        {job.isRunning && (
          <Button busy={isStopping} onClick={onStop}>
            {words.say('inviter.import.stop')}
          </Button>
        )}
        {state === 'stopped' && (
          <Button kind="primary" onClick={onContinue}>
            {words.say('inviter.import.continue')}
          </Button>
        )}
        {!job.isRunning && (
          <>
            <Button
              kind={state === 'finished' ? 'primary' : ''}
              onClick={() => download('invites-report.csv', reportOf(job, wordsOf))}
            >
              {words.say('inviter.import.report')}
            </Button>
            <Button onClick={onAnother}>{words.say('inviter.import.another')}</Button>
          </>
        )}
      </div>
    </div>
  )
}
