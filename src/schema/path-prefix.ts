// The path of PUBLIC_URL. A proxy takes it off each request, or passes it on: then the service takes it off.

/**
 * The first segments of the service's own paths. PUBLIC_URL must not begin with one of them: a request for `/invite`
 * could be one for the API, from a proxy that took the path off, or one for the start page, from a proxy that did not.
 */
export const ownSegments: readonly string[] = [
  'assets',
  'authentication',
  'channel',
  'channel-user',
  'delivery-report',
  'dev',
  'docs',
  'health',
  'i',
  'identity-provider',
  'instance',
  'invite',
  'invite-stats',
  'invites',
  'location',
  'location-authorized-user',
  'metrics',
  'openapi.json',
  'password-reset',
  'reset',
  'scope',
  'socket.io',
  'unsubscribe',
  'user',
  'user-login',
  'user-relationship',
  'verify'
]

/** A segment with its percent-encoded characters as themselves: `a%2Db` and `a-b` are one. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The segments of the path of a URL; empty for a URL without one, and for a text that is none. */
export function prefixOf(publicUrl: string): string[] {
  const { pathname } = URL.canParse(publicUrl) ? new URL(publicUrl) : { pathname: '/' }
  const path = pathname.replace(/\/+$/, '')
  return path === '' ? [] : path.slice(1).split('/').map(decoded)
}

/** A request's target: the origin that a proxy may write, the path, and the query. */
const targetPattern = /^([a-z][a-z\d+.-]*:\/\/[^/?#]*)?\/([^?#]*)(.*)$/is

/** The target of a request without the prefix, where its path begins with it as whole segments; else as it is. */
export function withoutPrefix(target: string, prefix: readonly string[]): string {
  const [, origin = '', path = '', rest = ''] = prefix.length > 0 ? (targetPattern.exec(target) ?? []) : []
  const segments = path.split('/')
  const isUnder = prefix.length > 0 && prefix.every((segment, index) => segment === decoded(segments[index] ?? ''))
  return isUnder ? `${origin}/${segments.slice(prefix.length).join('/')}${rest}` : target
}
