// The rows of a list: the first page, further ones, and what happens meanwhile.
import { useEffect, useRef, useState } from 'preact/hooks'
import { troubleOf } from '../../kit/troubles.js'
import { useHeard } from '../live/use-live.js'
import { useCall } from '../session-context.js'
import type { Invite, Page } from '../types.js'
import { filterOf, type Filter } from './filter.js'
import { merged, type Rows, type Shown } from './merge.js'
import { pagePath, pageSize } from './pages.js'
import { useDelivery } from './use-delivery.js'

export interface List extends Rows {
  filter: Filter
  /** The first page is not here yet. */
  isFirst: boolean
  busy: boolean
  trouble: string
  more: () => void
  again: () => void
}

export function useList(shown: Shown): List {
  const { view, choice, me } = shown
  const callApi = useCall()
  const filter = filterOf(view, choice, me)
  const [list, setList] = useState<Rows>({ rows: [], total: 0 })
  const [isFirst, setFirst] = useState(true)
  const [busy, setBusy] = useState(true)
  const [trouble, setTrouble] = useState('')
  const running = useRef<AbortController>(undefined)

  /** The newest call counts: an older one is given up. */
  async function load(last: Invite | undefined, limit: number) {
    running.current?.abort()
    const control = new AbortController()
    running.current = control
    setBusy(true)
    setTrouble('')
    try {
      const path = pagePath({ view, filter, sort: choice.sort, last, limit })
      const { body } = await callApi<Page<Invite>>('GET', path, { signal: control.signal })
      setList((before) => {
        if (!last) return { rows: body.data, total: body.total }
        const known = new Set(before.rows.map(({ id }) => id))
        return { ...before, rows: [...before.rows, ...body.data.filter(({ id }) => !known.has(id))] }
      })
      setFirst(false)
    } catch (error) {
      if (control.signal.aborted) return
      setTrouble(troubleOf(error))
    }
    setBusy(false)
  }
  const again = () => void load(undefined, Math.max(pageSize, list.rows.length))

  const key = JSON.stringify([filter, choice.sort])
  useEffect(() => {
    void load(undefined, pageSize)
    return () => running.current?.abort()
  }, [key])
  useHeard((event) => (event.kind === 'again' ? again() : setList((before) => merged(before, event, shown))))
  useDelivery(list.rows, (invite) =>
    setList((before) => ({ ...before, rows: before.rows.map((row) => (row.id === invite.id ? invite : row)) }))
  )
  return {
    ...list,
    filter,
    isFirst,
    busy,
    trouble,
    again,
    more: () => {
      if (!busy) void load(list.rows[list.rows.length - 1], pageSize)
    }
  }
}
