// Times on the developer's clock.
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** `14:05:09`; on another day `3 Nov, 14:05:09`. */
export function timeOf(iso: string): string {
  const at = new Date(iso)
  const isToday = at.toDateString() === new Date().toDateString()
  return isToday ? clock.format(at) : `${date.format(at)}, ${clock.format(at)}`
}
