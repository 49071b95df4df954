// How many sockets may be open. A socket costs memory before its client has signed in, so those that have not are few.
import { tooManyRequests, unavailable, type FeathersError } from '../errors.js'
import { networkOf } from '../limits/network.js'
import { scaled } from '../limits/quotas.js'
import { closeWire, cutWire, type Wire } from './wire.js'

/** Sockets without a sign-in, from one address: as many people may be at their login form behind one router. */
const mostFromOne = 100
/** Sockets without a sign-in. A newer one takes the place of the oldest. */
const mostAnonymous = 2000
/** All sockets of the process. */
const mostOpen = 20_000
/** A socket without a sign-in is closed after this time. A client that is still there connects again. */
const anonymousMs = 10 * 60_000
/** A client that was refused may come back after this time. */
const refusedSeconds = 60

interface Anonymous {
  network: string
  timer: NodeJS.Timeout
}

export class Admission {
  private open = 0
  /** The oldest first. */
  private readonly anonymous = new Map<Wire, Anonymous>()
  private readonly perNetwork = new Map<string, number>()
  private readonly mostFromOne: number

  constructor(rateLimitFactor: number) {
    this.mostFromOne = scaled(mostFromOne, rateLimitFactor)
  }

  /** The error for one more socket of this address, if there is no room for it. */
  refusalFor(address: string | undefined): FeathersError | undefined {
    if ((this.perNetwork.get(networkOf(address)) ?? 0) >= this.mostFromOne) {
      const limit = { name: 'sockets', points: this.mostFromOne, seconds: anonymousMs / 1000 }
      return tooManyRequests('quota-sockets', limit, refusedSeconds)
    }
    return this.open >= mostOpen && this.anonymous.size === 0 ? unavailable('overloaded') : undefined
  }

  opened(wire: Wire, address: string | undefined): void {
    this.open += 1
    const [oldest] = this.anonymous.keys()
    if (oldest && (this.anonymous.size >= mostAnonymous || this.open > mostOpen)) {
      this.signedIn(oldest)
      cutWire(oldest)
    }
    this.signedOut(wire, address)
    wire.once('close', () => {
      this.open -= 1
      this.signedIn(wire)
    })
  }

  /** The socket has a user now: it counts among all sockets only. */
  signedIn(wire: Wire): void {
    const known = this.anonymous.get(wire)
    if (!known) return
    clearTimeout(known.timer)
    this.anonymous.delete(wire)
    const left = (this.perNetwork.get(known.network) ?? 0) - 1
    if (left > 0) this.perNetwork.set(known.network, left)
    else this.perNetwork.delete(known.network)
  }

  /** The socket has no user yet, or no longer. */
  signedOut(wire: Wire, address: string | undefined): void {
    if (wire.readyState !== 'open' || this.anonymous.has(wire)) return
    const network = networkOf(address)
    const timer = setTimeout(() => closeWire(wire), anonymousMs).unref()
    this.anonymous.set(wire, { network, timer })
    this.perNetwork.set(network, (this.perNetwork.get(network) ?? 0) + 1)
  }
}
