// The requests of the server: only a websocket for socket.io takes a connection over.
import { IncomingMessage } from 'node:http'

/** The path of socket.io, as its engine compares it. */
const socketPath = '/socket.io/'

/**
 * Since socket.io listens for upgrades, Node would hand it every connection whose request has an `Upgrade` header, as
 * curl and Java send one for HTTP/2, and socket.io closes those that are not its own. It would close a CONNECT without
 * an answer. A server may ignore both (RFC 9110, 7.8): these requests are served like any other, with their bodies. Node
 * reads `upgrade` when the headers have arrived. Its `shouldUpgradeCallback` would do for `Upgrade`, but Node 20 has none.
 */
export class IncomingRequest extends IncomingMessage {
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
