// Whether a host is this machine, by its name or address.
import { isIPv4 } from 'node:net'

export const isLoopback = (host: string) =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** The same for the text of a `Host` header, which may have a port, and an IPv6 address in brackets. */
export function isLoopbackHeader(text = ''): boolean {
  const host = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text.trim().toLowerCase())
  return isLoopback(host?.[1] ?? host?.[2] ?? '')
}
