// The requests of the server: only a websocket for socket.io takes a connection over, and the path of PUBLIC_URL is off.
import { IncomingMessage } from 'node:http'
import { withoutPrefix } from '../schema/path-prefix.js'

/** The path of socket.io, as its engine compares it. */
const socketPath = '/socket.io/'

/**
 * Since socket.io listens for upgrades, Node would hand it every connection whose request has an `Upgrade` header, as
 * curl and Java send one for HTTP/2, and socket.io closes those that are not its own. It would close a CONNECT without
 * an answer. A server may ignore both (RFC 9110, 7.8): these requests are served like any other, with their bodies. Node
 * reads `upgrade` when the headers have arrived. Its `shouldUpgradeCallback` would do for `Upgrade`, but Node 20 has none.
 */
class IncomingRequest extends IncomingMessage {
  /** Whether the client asked for another protocol: `undefined` until Node has read the headers. */
  private asked: boolean | null | undefined

  get upgrade(): boolean {
    return (
      this.asked === true &&
      this.method !== 'CONNECT' &&
      this.url?.startsWith(socketPath) === true &&
      this.headers.upgrade?.toLowerCase() === 'websocket'
    )
  }

  set upgrade(asked: boolean | null) {
    this.asked = asked
  }
}

/**
 * The class of the requests under a path of PUBLIC_URL, by its segments. Node sets `url` when the headers have arrived,
 * and everything reads it from here: the chain, socket.io and its upgrades, the gate under load.
 */
export function requestsUnder(prefix: readonly string[]): typeof IncomingMessage {
  if (prefix.length === 0) return IncomingRequest
  class PrefixedRequest extends IncomingRequest {
    target: string | undefined
  }
  // Node declares `url` as a property, and TypeScript lets no accessor take its place.
  Object.defineProperty(PrefixedRequest.prototype, 'url', {
    get(this: PrefixedRequest) {
      return this.target
    },
    set(this: PrefixedRequest, target: string | undefined) {
      this.target = target && withoutPrefix(target, prefix)
    }
  })
  return PrefixedRequest
}
