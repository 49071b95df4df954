// Puts what happens to invites into a list that is shown: rows change in their places, and new ones come on top.
import type { LiveEvent } from '../live/events.js'
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import type { ListChoice } from './choice.js'

export interface Rows {
  rows: readonly Invite[]
  total: number
  /** The row that came or changed last, to show it for a moment. */
  changed?: string | undefined
}

export interface Shown {
  view: ListView
  choice: ListChoice
  /** The id of the person at the page. */
  me: string
}

const textOf = ({ token, user, invitee, channelName }: Invite) =>
  [token, user.name, invitee?.name, channelName].join('\n').normalize('NFC').toLowerCase()

/** Whether a new invite belongs into the list. */
export function belongs(invite: Invite, { view, choice: { status, type, search }, me }: Shown): boolean {
  const isSent = invite.userId === me
  if (view !== 'all' && isSent !== (view === 'sent')) return false
  if (status && invite.status !== status) return false
  if (type && invite.inviteType !== type) return false
  return textOf(invite).includes(search.trim().normalize('NFC').toLowerCase())
}

/** Events may come in another order than the answers of calls: the newer state of an invite stays. */
export function merged(list: Rows, { kind, invite }: LiveEvent, shown: Shown): Rows {
  const known = list.rows.find(({ id }) => id === invite.id)
  if (known) {
    // A revoked invite is on record. One that was used up, and deleted by that, is gone.
    if (kind === 'removed' && invite.status !== 'revoked') {
      return { rows: list.rows.filter((row) => row !== known), total: list.total - 1 }
    }
    if (invite.updatedAt < known.updatedAt) return list
    return { ...list, rows: list.rows.map((row) => (row === known ? invite : row)), changed: invite.id }
  }
  if (kind !== 'created' || !belongs(invite, shown)) return list
  const total = list.total + 1
  // By the oldest first, the new one comes last: "Show more" leads to it.
  if (shown.choice.sort === 'oldest') return { ...list, total }
  return { rows: [invite, ...list.rows], total, changed: invite.id }
}
