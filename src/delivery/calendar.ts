// A span of time as a calendar file (RFC 5545) that a recipient may put into their calendar.
import type { ContentFile } from './message.js'

export interface CalendarEvent {
  /** The same for each version of the event: a calendar replaces the earlier one. A uuid (RFC 7986). */
  uid: string
  /** Times as RFC 3339. */
  start: string
  end: string
  madeAt: string
  changedAt: string
  summary: string
  description: string
}

/** 20261128T090000Z. */
const utc = (time: string) => new Date(time).toISOString().replaceAll(/[-:]|\.\d+/g, '')

/** Calendars show a bare text, and some show characters that nobody else sees. */
const escaped = (text: string) =>
  text
    .replaceAll(/[\u2066-\u2069]/g, '')
    .replaceAll(/[\\;,]/g, (character) => `\\${character}`)
    .replaceAll(/\r?\n/g, '\\n')

/** A line of at most 75 bytes, continued in lines that begin with a space. No character is cut. */
function folded(line: string): string {
  const lines: string[] = []
  let current = ''
  for (const character of line) {
    if (Buffer.byteLength(current + character) > 75) {
      lines.push(current)
      current = ' '
    }
    current += character
  }
  return [...lines, current].join('\r\n')
}

/**
 * The file. It says when and what, and holds no link: people share their calendars. The time stays free in the
 * calendar, for it may be days.
 */
export function calendarFile(name: string, event: CalendarEvent): ContentFile {
  const { uid, start, end, madeAt, changedAt, summary, description } = event
  // Rises with each change of the event, as the number of a version must.
  const sequence = Math.max(0, Math.floor((Date.parse(changedAt) - Date.parse(madeAt)) / 1000))
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//invite-service//EN',
    'METHOD:PUBLISH',
    'BEGIN:VEVENT',
    `UID:${uid}`,
    `SEQUENCE:${sequence}`,
    `DTSTAMP:${utc(changedAt)}`,
    `CREATED:${utc(madeAt)}`,
    `LAST-MODIFIED:${utc(changedAt)}`,
    `DTSTART:${utc(start)}`,
    `DTEND:${utc(end)}`,
    `SUMMARY:${escaped(summary)}`,
    `DESCRIPTION:${escaped(description)}`,
    'TRANSP:TRANSPARENT',
    'END:VEVENT',
    'END:VCALENDAR',
    ''
  ]
  const content = Buffer.from(lines.map(folded).join('\r\n'))
  return { name, type: 'text/calendar; charset=utf-8; method=PUBLISH', content }
}
