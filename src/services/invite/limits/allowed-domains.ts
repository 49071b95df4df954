// To which mail domains messages may go at all: RECIPIENT_DOMAINS.
import { badRequest } from '../../../errors.js'
import type { InviteData } from '../invite.schema.js'

/** 400 for an item whose address is at another domain; no list allows all. */
export function requireAllowedDomains(
  items: InviteData[],
  domains: string[],
  at: (index: number) => (key: string) => string
) {
  if (domains.length === 0) return
  items.forEach(({ token, identityProviderType }, index) => {
    if (!token || identityProviderType !== 'email') return
    if (!domains.includes(token.slice(token.lastIndexOf('@') + 1).toLowerCase())) {
      throw badRequest({ path: at(index)('token'), message: 'is at a domain that is not invited from here' })
    }
  })
}
