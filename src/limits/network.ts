// The network of a client, as the key of a quota: an IPv4 address, or the /64 of an IPv6 address.
import ipaddr from 'ipaddr.js'

/**
 * One customer of a provider has a whole /64 of IPv6, so its addresses count as one. An IPv4 address that is written as
 * IPv6 is the IPv4 address. Clients without a readable address count as one.
 */
export function networkOf(ip: string | undefined): string {
  if (ip === undefined || !ipaddr.isValid(ip)) return 'unknown'
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  const { parts } = address as ipaddr.IPv6
  return `${parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}
