// The link that opened this page. Its passcode stands in the fragment, which no browser sends; this tab keeps it, so that
// a reload and a change of language do not lose it. After an answer the tab keeps the outcome in its place.
import { attempt, storeKey } from '../kit/session.js'
import type { Link, Outcome, Shown } from './state.js'

type Kept = Pick<Link, 'passcode' | 'outcome'>

/**
 * The id in the address; empty where it can be none. It becomes a part of the paths that this page calls with the token of
 * its reader. An encoded slash in it would lead to another call, which would be made without a click.
 */
function idHere(): string {
  const id = attempt(() => decodeURIComponent(/\/i\/([^/]+)$/.exec(location.pathname)?.[1] ?? '')) ?? ''
  return /^[\w-]+$/.test(id) ? id : ''
}
const keyOf = (id: string) => storeKey(`i/${id}`)

const keep = (id: string, kept: Kept) => attempt(() => sessionStorage.setItem(keyOf(id), JSON.stringify(kept)))

/** The link in the address. Without a fragment, what this tab keeps of the invite. */
export function linkHere(): Link {
  const id = idHere()
  if (id === '') return { id }
  const passcode = /^#(?:passcode=)?([\w-]+)/.exec(location.hash)?.[1]
  if (passcode !== undefined) {
    keep(id, { passcode })
    return { id, passcode }
  }
  const kept = attempt(() => JSON.parse(sessionStorage.getItem(keyOf(id)) ?? '{}') as Kept)
  return { id, ...kept }
}

/** Of a row with more in it, the part that the page shows. */
const shownOf = ({ inviteType, inviterName, targetName }: Shown): Shown => ({ inviteType, inviterName, targetName })

/** The invite is answered: the passcode goes out of the address, and nobody finds it by the back button. */
export function settle({ id }: Link, outcome: Outcome): void {
  keep(id, { outcome: outcome.at === 'accepted' ? { ...outcome, shown: shownOf(outcome.shown) } : outcome })
  history.replaceState(null, '', location.pathname + location.search)
}
