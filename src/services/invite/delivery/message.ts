// The words of an invite's message.
import { contentOf } from '../../../delivery/letter.js'
import type { Content, Medium } from '../../../delivery/message.js'
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

function shortMessage(words: Words, invitation: Invitation, link: string): Content {
  const { from, until } = windowOf(invitation)
  const what = sentence(words, invitation)
  const times = { until: words.shortTime(until), ...(from && { from: words.shortTime(from) }) }
  return { subject: what, text: words.say(from ? 'sms.window' : 'sms.until', { what, link, ...times }) }
}

/** The message to the recipient. `stopUrl` is where they can stop such messages. */
export function messageFor(
  words: Words,
  invitation: Invitation,
  medium: Medium,
  { link, stopUrl }: { link: string; stopUrl: string | undefined }
): Content {
  if (medium === 'sms') return shortMessage(words, invitation, link)
  const inviter = nameIn(words, invitation.inviterName, 200)
  return contentOf({
    words,
    subject: fitting((length) => sentence(words, invitation, length), subjectLength),
    heading: sentence(words, invitation),
    body: [validity(words, invitation), words.say('invite.look')],
    action: { label: words.say('invite.open'), url: link },
    notes: [words.say('invite.stranger', { inviter })],
    ...(stopUrl !== undefined && { stop: { label: words.say('stop.link'), url: stopUrl } })
  })
}
