// The mail domains that messages may go to: RECIPIENT_DOMAINS.
import { invalid } from '../../../errors.js'
import type { InviteData } from '../invite.table.js'

/**
 * 400 for items whose address is at another domain. An empty list allows all domains. In a list, errors name the item.
 */
export function requireAllowedDomains(items: InviteData[], domains: string[], isList: boolean) {
  if (domains.length === 0) return
  const problems = items.flatMap(({ token, identityProviderType }, index) => {
    if (!token || identityProviderType !== 'email') return []
    if (domains.includes(token.slice(token.lastIndexOf('@') + 1).toLowerCase())) return []
    return [{ path: isList ? `${index}.token` : 'token', message: 'is at a domain that cannot be invited from here' }]
  })
  if (problems.length > 0) throw invalid('domain-not-allowed', problems)
}
