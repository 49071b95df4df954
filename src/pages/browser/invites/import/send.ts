// Sends a job, call by call, until all rows are done, the person stops it, or something is wrong with all of them.
import { Away, Refusal } from '../../kit/api.js'
import type { Invite } from '../types.js'
import { bodyOf, emptyDraft } from '../new/draft.js'
import { arrive, takeOff, turnBack, type Flight, type Job } from './job.js'

/** Why the job pauses, and until when (ms since 1970). */
export interface Pause {
  why: 'quota' | 'away'
  until: number
}

export interface SendOptions {
  /** `POST /invite` with a list. */
  post: (body: object[], key: string) => Promise<Pick<Invite, 'id'>[]>
  /** Keeps the job, before each call and after it. */
  keep: (job: Job) => void
  /** Told when a pause begins; undefined when it ends. */
  onPause: (pause: Pause | undefined) => void
  newKey: () => string
  /** Ends a pause at once. A call on its way is let finish: then it is known what it did. */
  signal: AbortSignal
}

/** The bodies of a call: the same whenever they are made, so that the key holds for the repetition. */
function bodiesOf({ rows, shared }: Job, { items, now }: Flight): object[] {
  return items.map((index) => {
    const address = rows[index]?.address ?? ''
    const isPhone = address.startsWith('+') && !address.includes('@')
    const draft = { ...emptyDraft(isPhone ? 'sms' : 'email'), ...shared }
    return bodyOf({ ...draft, ...(isPhone ? { phone: address } : { email: address }) }, now)
  })
}

/** Resolves after the time, or when the signal comes. */
const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })

const longestBackOff = 60

/** How long to wait before the same call is made again; undefined when a repetition would be refused as well. */
function pauseAfter(error: unknown, attempt: number): { why: Pause['why']; seconds: number } | undefined {
  if (error instanceof Away) {
    return { why: 'away', seconds: error.retryAfterSeconds ?? Math.min(longestBackOff, 2 ** attempt) }
  }
  if (!(error instanceof Refusal)) return undefined
  if (error.status === 429) return { why: 'quota', seconds: error.retryAfterSeconds ?? longestBackOff }
  // An earlier attempt of the same call, whose answer got lost, is still running.
  return error.reason === 'call-running' ? { why: 'away', seconds: 2 } : undefined
}

/** Resolves with the job when all rows are done or the signal came. Throws the refusal of a call that is about all rows. */
export async function sendAll(first: Job, options: SendOptions): Promise<Job> {
  const { post, keep, onPause, newKey, signal } = options
  let job = first
  let attempt = 0
  while (!signal.aborted) {
    job = takeOff(job, newKey, Date.now())
    keep(job)
    const { flight } = job
    if (!flight) return job
    try {
      job = arrive(job, await post(bodiesOf(job, flight), flight.key))
      attempt = 0
    } catch (error) {
      const without = error instanceof Refusal ? turnBack(job, error) : undefined
      const pause = without ? undefined : pauseAfter(error, (attempt += 1))
      if (!without && !pause) {
        // The call changed nothing. The next attempt makes a new one.
        keep({ ...job, flight: null, isRunning: false })
        throw error
      }
      job = without ?? job
      if (pause) {
        onPause({ why: pause.why, until: Date.now() + pause.seconds * 1000 })
        await sleep(pause.seconds * 1000, signal)
        onPause(undefined)
      }
    }
    keep(job)
  }
  job = { ...job, isRunning: false }
  keep(job)
  return job
}
