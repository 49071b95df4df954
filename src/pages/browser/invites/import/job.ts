// The job of inviting a list: what is to be sent, what is on its way, and what became of each row. Nothing here calls or
// shows anything, so that the job can be kept, and taken up again after the page was loaded anew.
import type { Reason } from '../../../../reasons.js'
import type { Refusal } from '../../kit/api.js'
import type { Invite } from '../types.js'
import type { Draft } from '../new/draft.js'
import type { ListRow } from './read-list.js'

/** What became of a row: the invite, or the reason why there is none. */
export type Result = { id: string } | { reason: string; message: string }

/** A call on its way. Until its answer is known it is repeated with its key, so that it makes its invites once. */
export interface Flight {
  key: string
  /** The rows whose invites it makes, by their place in the list. */
  items: number[]
  /** When it was first made: a lifetime in days begins then, and the body stays the same. */
  now: number
}

export interface Job {
  rows: ListRow[]
  /** What all invites have in common. */
  shared: Pick<Draft, 'type' | 'target' | 'language' | 'ends' | 'until' | 'from' | 'to'>
  /** By the place of the row in the list. Rows with a problem have none. */
  results: (Result | null)[]
  flight: Flight | null
  /** False when the person has stopped it, when it has ended, or when something is wrong with all rows. */
  isRunning: boolean
}

/** Most invites of one call. */
const perCall = 100

export const newJob = (rows: ListRow[], shared: Job['shared']): Job => ({
  rows,
  shared,
  results: rows.map(() => null),
  flight: null,
  isRunning: true
})

const isOpen = ({ rows, results }: Job, index: number) => !rows[index]?.problem && results[index] === null

/** How many rows are invited, how many failed, and how many there are to do in all. */
export function countsOf({ rows, results }: Job) {
  const invited = results.filter((result) => result && 'id' in result).length
  const failed = results.filter((result) => result && 'reason' in result).length
  return { invited, failed, total: rows.filter(({ problem }) => !problem).length }
}

/** Whether each good row was sent. */
export function isDone(job: Job): boolean {
  const { invited, failed, total } = countsOf(job)
  return invited + failed === total
}

/** The job with a call on its way: the one that is there, or one for the next open rows. No flight: all is done. */
export function takeOff(job: Job, newKey: () => string, now: number): Job {
  if (job.flight) return job
  const items: number[] = []
  for (let index = 0; index < job.rows.length && items.length < perCall; index++) {
    if (isOpen(job, index)) items.push(index)
  }
  return items.length > 0 ? { ...job, flight: { key: newKey(), items, now } } : { ...job, isRunning: false }
}

const withResults = (job: Job, found: [index: number, result: Result][]): Job => {
  const results = [...job.results]
  for (const [index, result] of found) results[index] = result
  return { ...job, results, flight: null }
}

/** The answer has the invites in the order of the body. */
export const arrive = (job: Job, invites: Pick<Invite, 'id'>[]): Job =>
  withResults(
    job,
    (job.flight?.items ?? []).flatMap((index, at) => {
      const invite = invites[at]
      return invite ? [[index, { id: invite.id }] as [number, Result]] : []
    })
  )

/** The reasons that are about one recipient: the other items of the call may be good. */
const aboutOne: Partial<Record<Reason, true>> = {
  twin: true,
  'too-many-pending': true,
  'quota-recipient': true,
  already: true
}

/** A path that is about the recipient of an item: `17`, `17.token`. */
const itemOf = (path: string) => /^(\d+)(?:\.(?:token|identityProviderType))?$/.exec(path)?.[1]

/**
 * The job after a refusal that is about single rows: these have failed, and the others are open again. A 400 can be about
 * several; `data.reason` is that of the first, and of those with the same words. The others are asked again. Undefined when
 * the refusal is about the whole call.
 */
export function turnBack(job: Job, { status, reason, problems }: Refusal): Job | undefined {
  if (status !== 400 && !aboutOne[reason]) return undefined
  const [first] = problems
  if (!job.flight || !first || problems.some(({ path }) => itemOf(path) === undefined)) return undefined
  const { items } = job.flight
  const found = problems
    .filter(({ message }) => status !== 400 || message === first.message)
    .flatMap(({ path, message }) => {
      const index = items[Number(itemOf(path))]
      return index === undefined ? [] : [[index, { reason, message }] as [number, Result]]
    })
  return found.length > 0 ? withResults(job, found) : undefined
}
