// Messages on their way: a delivery is no event, so the page asks for it while a message that it shows is queued.
import { useEffect, useRef } from 'preact/hooks'
import { useCall } from '../session-context.js'
import type { Invite, Page } from '../types.js'
import { idsFilter } from './filter.js'
import { pagePath } from './pages.js'

const firstMs = 2000
const longestMs = 60_000

/** Calls `changed` with each row whose message has left, or has failed. Asks less and less often. */
export function useDelivery(rows: readonly Invite[], changed: (invite: Invite) => void): void {
  const callApi = useCall()
  const waited = useRef(firstMs)
  const ids = rows
    .filter(({ delivery }) => delivery?.status === 'queued')
    .map(({ id }) => id)
    .slice(0, 100)
  const key = ids.join(' ')
  useEffect(() => {
    if (ids.length === 0) return undefined
    let timer: ReturnType<typeof setTimeout>
    const ask = async () => {
      waited.current = Math.min(2 * waited.current, longestMs)
      try {
        const path = pagePath({ view: 'all', filter: idsFilter(ids), sort: 'newest', limit: 100 })
        const { body } = await callApi<Page<Invite>>('GET', path)
        for (const invite of body.data) if (invite.delivery?.status !== 'queued') changed(invite)
      } catch {
        // The list itself says when the service is away.
      }
      timer = setTimeout(() => void ask(), waited.current)
    }
    waited.current = firstMs
    timer = setTimeout(() => void ask(), firstMs)
    return () => clearTimeout(timer)
  }, [key])
}
