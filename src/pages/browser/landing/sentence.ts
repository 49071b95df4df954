// The sentence that says who invites to what. Names are cut where they would fill the page.
import { words } from '../kit/page.js'
import type { Shown } from './state.js'

const longest = 100

/** A name in a sentence. */
export function named(text: string, length = longest): string {
  const characters = Array.from(text)
  return words.name(characters.length > length ? `${characters.slice(0, length - 1).join('')}…` : text)
}

export function sentence({ inviteType, inviterName, targetName }: Shown): string {
  const inviter = named(inviterName)
  if (inviteType === 'friend' || inviteType === 'new-user') return words.say(`invite.${inviteType}`, { inviter })
  if (targetName === null) return words.say(`invite.${inviteType}.unnamed`, { inviter })
  return words.say(`invite.${inviteType}`, { inviter, target: named(targetName) })
}

/** The sentence after the acceptance. */
export function outcome({ inviteType, inviterName, targetName }: Shown): string {
  if (inviteType === 'friend') return words.say('landing.done.friend', { inviter: named(inviterName) })
  if (inviteType === 'new-user') return words.say('landing.done.new-user')
  return targetName === null
    ? words.say('landing.done')
    : words.say('landing.done.target', { target: named(targetName) })
}
