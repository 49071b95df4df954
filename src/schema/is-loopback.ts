// Whether a host is this machine, by its name or address.
import { isIPv4 } from 'node:net'

export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/**
 * The same for an item of a header, `Host` or `X-Forwarded-For`: it may have a port, and an IPv6 address may be in
 * brackets or hold an IPv4 address.
 */
export function isLoopbackHeader(text = ''): boolean {
  const host = text.trim().toLowerCase()
  const [, inBrackets, name] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(host) ?? []
  return isLoopback((inBrackets ?? name ?? host).replace(/^::ffff:/, ''))
}
