// The views of the page and their addresses: the hash names the view, and for a list what it shows, so that "back", a
// reload and a copied address work.
import { inviteTypes, sorts, statuses, type ListChoice } from '../list/choice.js'

const views = ['sent', 'received', 'all', 'new', 'import', 'stats'] as const
export type View = (typeof views)[number]
export type ListView = 'sent' | 'received' | 'all'

export interface Place {
  view: View
  choice: ListChoice
}

const oneOf = <T extends string>(words: readonly T[], text: string | null): T | undefined =>
  words.find((word) => word === text)

/** An unknown view is that of the sent invites, and an unknown choice is none. */
export function placeOf(hash: string): Place {
  const [name = '', query = ''] = hash.replace(/^#/, '').split('?')
  const read = new URLSearchParams(query)
  return {
    view: oneOf(views, name) ?? 'sent',
    choice: {
      status: oneOf(statuses, read.get('status')) ?? '',
      type: oneOf(inviteTypes, read.get('type')) ?? '',
      search: (read.get('search') ?? '').slice(0, 100),
      sort: oneOf(sorts, read.get('sort')) ?? 'newest'
    }
  }
}

/** Choices that are as at the beginning are not in the address. */
export function hashOf({ view, choice }: Place): string {
  const query = new URLSearchParams()
  if (choice.status) query.set('status', choice.status)
  if (choice.type) query.set('type', choice.type)
  if (choice.search) query.set('search', choice.search)
  if (choice.sort !== 'newest') query.set('sort', choice.sort)
  const text = query.toString()
  return `#${view}${text && `?${text}`}`
}
