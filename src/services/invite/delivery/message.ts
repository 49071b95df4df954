// The words of an invite's message.
import { calendarFile } from '../../../delivery/calendar.js'
import { contentOf } from '../../../delivery/letter.js'
import type { Content, ContentFile, Medium } from '../../../delivery/message.js'
import { isShort, shortSpelling } from '../../../delivery/short-text.js'
import { clipped, fitting } from '../../../words/clip.js'
import type { Words } from '../../../words/words.js'
import type { InviteRow } from '../invite.table.js'
import { plainName } from '../../../words/plain-name.js'

export interface Invitation extends InviteRow {
  inviterName: string
  targetName: string | null
}

/** The longest subject that mail programs show whole. */
const subjectLength = 78

/** The end of the invite, and its beginning if it opens later. Each invite has an end. */
const windowOf = (invite: InviteRow) => ({
  from: invite.timed ? invite.startTime : null,
  until: (invite.timed ? invite.endTime : invite.expiresAt) ?? ''
})

/** A name in a sentence, of at most `length` characters. */
const nameIn = (words: Words, name: string, length: number) => words.name(clipped(plainName(name), length))

/**
 * The sentence that says who invites to what. Names hold no line break, so none can forge a header: the schema checks
 * them when a client sends them.
 */
function sentence(words: Words, invitation: Invitation, length = 200): string {
  const { inviteType, inviterName, targetName } = invitation
  const inviter = nameIn(words, inviterName, length)
  if (inviteType === 'friend' || inviteType === 'new-user') return words.say(`invite.${inviteType}`, { inviter })
  if (targetName === null) return words.say(`invite.${inviteType}.unnamed`, { inviter })
  return words.say(`invite.${inviteType}`, { inviter, target: nameIn(words, targetName, length) })
}

function validity(words: Words, invitation: Invitation): string {
  const { from, until } = windowOf(invitation)
  return from
    ? words.say('invite.window', { from: words.time(from), until: words.time(until) })
    : words.say('invite.until', { until: words.time(until) })
}

function shortMessage(words: Words, invitation: Invitation, { link, shortLink }: Links): Content {
  const { from, until } = windowOf(invitation)
  // The zone of both stands once, at the end.
  const times = { until: words.shortTime(until), ...(from && { from: words.shortTime(from, false) }) }
  const around = (what: string) =>
    shortSpelling(words.say(from ? 'sms.window' : 'sms.until', { what, link: shortLink, ...times }))
  const whole = (length: number) => around(sentence(words, invitation, length))
  const withoutTarget = (length: number) =>
    around(words.say('invite.short', { inviter: nameIn(words, invitation.inviterName, length) }))
  return { subject: sentence(words, invitation), text: fitting([whole, withoutTarget], isShort), link }
}

/** The window of a timed invite for the recipient's calendar. It begins with the invite when the inviter set no start. */
function calendarOf(words: Words, invitation: Invitation): ContentFile[] {
  const { from, until } = windowOf(invitation)
  if (!invitation.timed) return []
  return [
    calendarFile('invite.ics', {
      uid: invitation.id,
      start: from ?? invitation.createdAt,
      end: until,
      madeAt: invitation.createdAt,
      changedAt: invitation.updatedAt,
      summary: sentence(words, invitation),
      description: validity(words, invitation)
    })
  ]
}

export interface Links {
  link: string
  shortLink: string
  /** Where the recipient can stop such messages. */
  stopUrl: string | undefined
}

/** The message to the recipient. */
export function messageFor(words: Words, invitation: Invitation, medium: Medium, links: Links): Content {
  if (medium === 'sms') return shortMessage(words, invitation, links)
  const { link, stopUrl } = links
  const inviter = nameIn(words, invitation.inviterName, 200)
  return contentOf({
    words,
    subject: fitting(
      [(length) => sentence(words, invitation, length)],
      (text) => Array.from(text).length <= subjectLength
    ),
    heading: sentence(words, invitation),
    body: [validity(words, invitation), words.say('invite.look')],
    action: { label: words.say('invite.open'), url: link },
    notes: [words.say('invite.stranger', { inviter })],
    files: calendarOf(words, invitation),
    ...(stopUrl !== undefined && { stop: { label: words.say('stop.link'), url: stopUrl } })
  })
}
