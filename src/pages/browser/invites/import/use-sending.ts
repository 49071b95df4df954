// Runs the job of a list for its component: starts, stops and keeps it.
import { useEffect, useRef, useState } from 'preact/hooks'
import { newKey } from '../../kit/api.js'
import { useCall, useSession } from '../session-context.js'
import type { Invite } from '../types.js'
import { sentenceOf } from '../new/problems.js'
import { isDone, type Job } from './job.js'
import { keepJob, keptJob } from './keep.js'
import { sendAll, type Pause } from './send.js'

interface Sending {
  /** The job of this person in this tab, if there is one. */
  job: Job | undefined
  pause: Pause | undefined
  /** The person has stopped it, and a call is still on its way. */
  isStopping: boolean
  /** Why the service refuses all rows; empty when it does not. */
  trouble: string
  /** Begins a job, or goes on with one. */
  run: (job: Job) => void
  stop: () => void
  /** Forgets the job. */
  drop: () => void
}

/** A job that was running when the page was left goes on at once. `onMade` is told after each call that made invites. */
export function useSending(onMade: () => void): Sending {
  const call = useCall()
  const { session } = useSession()
  const { id } = session.user
  const [job, setJob] = useState(() => keptJob(id))
  const [pause, setPause] = useState<Pause>()
  const [isStopping, setStopping] = useState(false)
  const [trouble, setTrouble] = useState('')
  const aborter = useRef<AbortController | undefined>(undefined)

  const hasLeft = useRef(false)

  const keep = (next: Job | undefined) => {
    // A job that stops because the person went to another part of the page is taken up when they come back.
    keepJob(id, next && hasLeft.current ? { ...next, isRunning: !isDone(next) } : next)
    setJob(next)
  }
  async function send(next: Job) {
    if (aborter.current) return
    const { signal } = (aborter.current = new AbortController())
    setTrouble('')
    const post = async (body: object[], key: string) => {
      const answer = await call<Invite[]>('POST', 'invite', { body, key })
      onMade()
      return answer.body
    }
    try {
      await sendAll({ ...next, isRunning: true }, { post, keep, onPause: setPause, newKey, signal })
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
    aborter.current = undefined
    setStopping(false)
  }

  useEffect(() => {
    if (job?.isRunning) void send(job)
    return () => {
      hasLeft.current = true
      aborter.current?.abort()
    }
  }, [])

  return {
    job,
    pause,
    isStopping,
    trouble,
    run: (next) => void send(next),
    stop: () => {
      setStopping(true)
      aborter.current?.abort()
    },
    drop: () => keep(undefined)
  }
}
