// The rows of the API that this page shows.
export type { Invite, InviteType } from '../../../services/invite/invite.table.js'
export type { User } from '../../../services/user/user.table.js'
export type { HistoryEntry } from '../../../services/invite/rows/history.js'
export type { Page } from '../../../schema/paging.js'
