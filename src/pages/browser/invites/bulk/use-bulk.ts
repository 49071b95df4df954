// One call that changes all invites of a selection, or none: how many it will change, and what came of it.
import { useEffect, useState } from 'preact/hooks'
import { Refusal } from '../../kit/api.js'
import { urlOf, words } from '../../kit/page.js'
import { troubleOf } from '../../kit/troubles.js'
import { changeable, type BulkAction } from '../list/filter.js'
import { countPath, encoded } from '../list/pages.js'
import type { Selection } from '../list/selection.js'
import { useTell } from '../live/use-live.js'
import { useCall } from '../session-context.js'
import { patchCap } from '../settings.js'
import type { Invite, Page } from '../types.js'
import type { CallToCopy } from './snippets/call-to-copy.js'
import { problemsOf, reasonWords } from './problems.js'

export interface PanelProps {
  selection: Selection
  isAdmin: boolean
  close: () => void
  /** Closes the panel with a sentence that says what was done. */
  finish: (sentence: string) => void
}

export interface BulkCall {
  /** How many invites the call will change; undefined while that is not known. */
  count: number | undefined
  isTooMany: boolean
  busy: boolean
  trouble: string
  /** The result of a call that failed: the service refused it and changed nothing, or the page does not know. */
  outcome: string
  /** The problems of the fields, by name. */
  problems: Record<string, string>
  send: () => Promise<void>
  toCopy: CallToCopy
}

export function useBulk(action: BulkAction, { selection, isAdmin, finish }: PanelProps, body?: object): BulkCall {
  const callApi = useCall()
  const tell = useTell()
  const [count, setCount] = useState<number>()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const [outcome, setOutcome] = useState('')
  const [problems, setProblems] = useState<Record<string, string>>({})
  const filter = changeable(selection.filter, action, isAdmin)
  const method = action === 'edit' ? 'PATCH' : 'DELETE'

  const ask = (signal?: AbortSignal) =>
    callApi<Page<Invite>>('GET', countPath(filter), signal && { signal })
      .then(({ body: page }) => setCount(page.total))
      .catch((error: unknown) => {
        if (signal?.aborted) return
        setOutcome('')
        setTrouble(troubleOf(error))
      })
  useEffect(() => {
    const control = new AbortController()
    setCount(undefined)
    void ask(control.signal)
    return () => control.abort()
  }, [JSON.stringify(filter)])

  async function send() {
    setBusy(true)
    setTrouble('')
    setProblems({})
    try {
      const path = `invite?filter=${encoded(filter)}`
      const { body: changed } = await callApi<Invite[]>(method, path, body && { body })
      for (const invite of changed) tell({ kind: 'patched', invite })
      finish(words.count(action === 'edit' ? 'inviter.changed' : 'inviter.revoked', changed.length))
    } catch (error) {
      if (error instanceof Refusal) setProblems(problemsOf(error))
      setOutcome(words.say(error instanceof Refusal ? 'inviter.nothing-changed' : 'inviter.not-known'))
      setTrouble(troubleOf(error, reasonWords()))
      if (error instanceof Refusal) void ask()
    }
    setBusy(false)
  }

  return {
    count,
    isTooMany: count !== undefined && count > patchCap,
    busy,
    trouble,
    outcome,
    problems,
    send,
    toCopy: { method, url: urlOf('invite'), filter, body: body as CallToCopy['body'] }
  }
}
