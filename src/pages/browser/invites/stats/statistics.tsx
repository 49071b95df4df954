// The funnel of the invites, by day and by type.
export function Statistics() {
  return null
}
