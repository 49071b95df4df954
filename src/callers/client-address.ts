// The IP address of a request's client: for quotas, the log and the record of logins.
import type { IncomingMessage } from 'node:http'
import { isIP, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import proxyAddress from 'proxy-addr'

/** An address as proxies write it: in brackets or without, with a port or without. */
const written = /^(?:\[([^[\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5}|(.*))$/

/**
 * The one form of an address: without brackets, port and zone; IPv6 in lower case and as short as RFC 5952 makes it; an
 * IPv4 address within IPv6 as IPv4. `undefined` for a text that is no address.
 */
export function normalAddress(text: string | undefined): string | undefined {
  const [, inBrackets, withPort, bare] = written.exec(text?.trim() ?? '') ?? []
  const [address = ''] = (inBrackets ?? withPort ?? bare ?? '').split('%')
  // ipaddr.js also reads IPv4 in hexadecimal, and with fewer than four parts.
  return isIP(address) ? ipaddr.process(address).toString() : undefined
}

/** The address at the other end of a connection, read once: a kept connection carries many requests. */
const peers = new WeakMap<Socket, string | undefined>()
function peerOf({ socket }: IncomingMessage): string | undefined {
  if (!peers.has(socket)) peers.set(socket, normalAddress(socket.remoteAddress))
  return peers.get(socket)
}

/** Reads the address of a request's client. Only proxies with these addresses are believed when they name one. */
export function clientAddressReader(trustedProxies: string[]): (request: IncomingMessage) => string | undefined {
  if (trustedProxies.length === 0) return peerOf
  const isTrusted = proxyAddress.compile(trustedProxies)
  // A proxy may write a port: so each hop is normalised before the decision. A text that is no address is not trusted.
  const trusts = (hop: string, index: number) => {
    const address = normalAddress(hop)
    return address !== undefined && isTrusted(address, index)
  }
  // The hops go from the peer to the first that is not trusted. If that one is no address, the hop before it counts: a
  // client must not choose a text under which it is counted.
  return (request) =>
    proxyAddress
      .all(request, trusts)
      .map(normalAddress)
      .findLast((address) => address !== undefined)
}
