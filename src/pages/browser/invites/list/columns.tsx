// The columns of a list: what a row shows in each view.
import type { ComponentChildren } from 'preact'
import { words } from '../../kit/page.js'
import type { ListView } from '../shell/views.js'
import type { Invite } from '../types.js'
import { DeliveryBadge, StatusBadge } from './badges.js'
import { endOf, targetOf } from './facts.js'
import { Moment } from './moment.js'

interface Column {
  name: 'inviter' | 'target' | 'status' | 'delivery' | 'created' | 'ends'
  /** The views that have it; without it, all. */
  views?: ListView[]
  cell: (invite: Invite) => ComponentChildren
}

const columns: Column[] = [
  { name: 'inviter', views: ['all'], cell: ({ user }) => words.name(user.name) },
  { name: 'target', cell: targetOf },
  { name: 'status', cell: (invite) => <StatusBadge invite={invite} /> },
  { name: 'delivery', views: ['sent', 'all'], cell: (invite) => <DeliveryBadge invite={invite} /> },
  { name: 'created', cell: ({ createdAt }) => <Moment at={createdAt} /> },
  { name: 'ends', cell: (invite) => <Moment at={endOf(invite)} /> }
]

/** The columns beside the first one, which names the recipient, or in the received ones the inviter. */
export const columnsOf = (view: ListView) => columns.filter(({ views }) => !views || views.includes(view))
export const labelOf = ({ name }: Pick<Column, 'name'>) => words.say(`inviter.column.${name}`)
