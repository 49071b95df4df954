// What a reader chooses for a list: its filters and its order.
export const statuses = ['pending', 'accepted', 'declined', 'revoked', 'expired'] as const
export const inviteTypes = ['friend', 'channel', 'location', 'instance', 'new-user'] as const
export const sorts = ['newest', 'oldest', 'changed'] as const

export interface ListChoice {
  /** Empty is any. */
  status: (typeof statuses)[number] | ''
  type: (typeof inviteTypes)[number] | ''
  search: string
  /** `changed`: the one that was changed last comes first. */
  sort: (typeof sorts)[number]
}

export const noChoice: ListChoice = { status: '', type: '', search: '', sort: 'newest' }

/** Whether a filter leaves invites out. */
export const isFiltered = ({ status, type, search }: ListChoice) => status !== '' || type !== '' || search !== ''
