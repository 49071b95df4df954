// The words for the reasons for which a change of many invites is refused, and the fields they belong to.
import type { Refusal } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { patchCap } from '../settings.js'

/** The field of the panel that each reason is about. */
const fieldOfReason = {
  'lifetime-past': 'expiresAt',
  'lifetime-too-long': 'expiresAt',
  'lifetime-of-timed': 'expiresAt',
  'one-use': 'maxUses',
  'uses-so-far': 'maxUses',
  'window-order': 'endTime',
  'window-incomplete': 'endTime',
  'window-past': 'endTime',
  'bearer-admin': 'makeAdmin',
  'admins-only-make-admin': 'makeAdmin'
} as const

type KnownReason = keyof typeof fieldOfReason
const isKnown = (reason: string): reason is KnownReason => reason in fieldOfReason

/** The sentences of the reasons, in the language of the page. */
export const reasonWords = (): Record<string, string> => ({
  ...Object.fromEntries(
    (Object.keys(fieldOfReason) as KnownReason[]).map((key) => [key, words.say(`inviter.why.${key}`)])
  ),
  'too-many-matches': words.count('inviter.too-many', patchCap),
  'inviter-may-not': words.say('inviter.why.may-not'),
  'may-not-invite': words.say('inviter.why.may-not')
})

/** The problems of a 400 by the fields of the panel. The last part of a path is the field. */
export function problemsOf({ reason, problems }: Refusal): Record<string, string> {
  const named = problems.map(({ path, message }): [string, string] => [path.split('.').pop() ?? '', message])
  if (!isKnown(reason)) return Object.fromEntries(named)
  return { ...Object.fromEntries(named), [fieldOfReason[reason]]: words.say(`inviter.why.${reason}`) }
}
