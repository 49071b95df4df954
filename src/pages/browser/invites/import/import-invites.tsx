// Invites a list of addresses.
export function ImportInvites(_: { onMade: () => void }) {
  return null
}
