// The content of the seeded database as arithmetic, so that seed, scenarios and load compute the same ids.
export const userCount = 20_000
export const loginsPerUser = 3

/** Ids sort by number, as UUIDv7 sort by time. Everything that a run creates sorts after `firstUnseeded`. */
export const idPrefixes = {
  user: '01930000-0000-7000-8000-',
  identityProvider: '01930001-0000-7000-8000-',
  channel: '01930002-0000-7000-8000-',
  invite: '01930003-0000-7000-8000-',
  acceptable: '01930004-0000-7000-8000-'
}
export const firstUnseeded = idPrefixes.acceptable + '000000000000'
export const idOf = (kind: keyof typeof idPrefixes, number: number) =>
  idPrefixes[kind] + number.toString(16).padStart(12, '0')

/** Channels with as many invites as a bulk patch changes, all of them sent by the channel's owner. */
export interface ChannelGroup {
  rows: number
  channels: number
  firstChannel: number
  firstInvite: number
}

/** Shares of the invites that go to channels of each size; what remains are friend invites, spread over all users. */
const shares: [rows: number, share: number][] = [
  [10, 0.05],
  [50, 0.25],
  [100, 0.1],
  [1000, 0.2]
]

export interface Layout {
  invites: number
  groups: ChannelGroup[]
  channels: number
  firstFriend: number
  friends: number
}

export function layoutOf(invites: number): Layout {
  const groups: ChannelGroup[] = []
  let firstChannel = 0
  let firstInvite = 0
  for (const [rows, share] of shares) {
    const channels = Math.max(1, Math.floor((invites * share) / rows))
    groups.push({ rows, channels, firstChannel, firstInvite })
    firstChannel += channels
    firstInvite += channels * rows
  }
  return { invites, groups, channels: firstChannel, firstFriend: firstInvite, friends: invites - firstInvite }
}

export const ownerOf = (channel: number) => channel % userCount
/** The n-th friend invite is of user n, then once more around. */
export const friendInviter = (friend: number) => friend % userCount
