// A masked address: its owner recognises it, and another reader cannot tell it.
import { domainToUnicode } from 'node:url'
import type { InviteRow } from '../invite.table.js'

/** Always as many, so that their number says nothing about the length of what they hide. */
const dots = '•••'

/** The characters of a text, as a reader counts them. */
const charactersOf = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)

/** The first character of a text, and dots for the rest. A text of one character would be shown whole: only dots. */
function masked(text: string): string {
  const [first = '', ...rest] = charactersOf(text)
  return rest.length > 0 ? `${first}${dots}` : dots
}

/** `i•••@e•••.com`. The domain is shown as its owner reads it, not in its ASCII form: there, half of them begin with x. */
function maskedEmail(address: string): string {
  const at = address.lastIndexOf('@')
  const ascii = address.slice(at + 1)
  const [first = '', ...others] = (domainToUnicode(ascii) || ascii).split('.')
  return `${masked(address.slice(0, at))}@${masked(first)}.${others.at(-1) ?? dots}`
}

/** At least as many digits of a phone number stay hidden. */
const hiddenDigits = 4

/** `+49•••89`. The end of a short number is hidden as well. */
const maskedPhone = (number: string) =>
  `${number.slice(0, 3)}${dots}${number.length - 5 < hiddenDigits ? '' : number.slice(-2)}`

/** The masked address of an invite; null for an invite without one. */
export function recipientHint({ token, identityProviderType }: InviteRow): string | null {
  if (token === null) return null
  return identityProviderType === 'sms' ? maskedPhone(token) : maskedEmail(token)
}
