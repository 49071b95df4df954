// Shares the calls in flight among their callers. A call waits for its turn: callers take turns, however many calls
// each of them has sent, and no caller has more than half of the database's connections. So the tenth slow list of one
// caller waits behind the first call of every other. Known libraries of queues are not fair by a key.
import { unavailable } from '../errors.js'

/** Calls in flight of one caller, for each connection of the pool: each waits for at most about this many others. */
const callsPerConnection = 8
const fewestCalls = 64

/** So many callers together fill the service. One caller cannot: the gate, which knows no callers, lets others pass. */
const callersToFill = 4

/** Not fewer run at once, however small the pool is: a call that hashes a password needs no connection meanwhile. */
const fewestRunning = 5

/** After this many milliseconds without a turn, the client is told to come again. */
const patienceMs = 3000

interface Limits {
  /** Calls that run at once. */
  running: number
  /** Calls of one caller that run at once. */
  runningOfCaller: number
  /** Calls of one caller that run or wait. */
  ofCaller: number
  /** Calls that run or wait. */
  inAll: number
}

/** The limits for a pool of this size. */
export function limitsFor(poolSize: number): Limits {
  const ofCaller = Math.max(fewestCalls, poolSize * callsPerConnection)
  return {
    // Twice as many as connections: while Postgres works for one call, this process writes the answer of another.
    running: Math.max(fewestRunning, 2 * poolSize),
    runningOfCaller: Math.max(1, Math.floor(poolSize / 2)),
    ofCaller,
    inAll: ofCaller * callersToFill
  }
}

/** The calls of one caller. */
interface Share {
  running: number
  /** They begin the calls that wait, the oldest first. */
  waiting: (() => void)[]
  /** The credentials of a refused call, by which the gate knows the caller. */
  sign: string | undefined
}

const overloaded = () => unavailable('overloaded')

export class InFlight {
  /** Tests set it: how long a turn takes says how busy their machine is. */
  patienceMs = patienceMs
  private readonly limits: Limits
  private readonly shares = new Map<string, Share>()
  private readonly signs = new Map<string, Share>()
  /** The shares with a waiting call, in the order of their turns. */
  private readonly turns = new Set<Share>()
  private running = 0
  private count = 0

  constructor(poolSize: number) {
    this.limits = limitsFor(poolSize)
  }

  /** The calls that run or wait. */
  get calls(): number {
    return this.count
  }

  /** Whether a call is running or waiting. */
  get isBusy(): boolean {
    return this.count > 0
  }

  /** Whether one more call would be refused: every call, or one with these credentials. */
  isFull(sign?: string): boolean {
    if (this.count >= this.limits.inAll) return true
    const share = sign === undefined || this.signs.size === 0 ? undefined : this.signs.get(sign)
    return share !== undefined && this.isOver(share)
  }

  /**
   * Runs `work` when it is the caller's turn, or throws a 503 when there is too much in flight already. `caller` is a
   * user's id, or the address of a client without one. `sign` are the credentials as they were sent.
   */
  async run<T>(caller: string, work: () => Promise<T>, sign?: string): Promise<T> {
    const share = this.shareOf(caller)
    if (this.isOver(share)) {
      if (sign !== undefined) this.remember(share, sign)
      throw overloaded()
    }
    if (this.count >= this.limits.inAll) throw overloaded()
    this.count += 1
    // While there is room, no waiting call could use it: a call that ends starts the next one at once.
    if (this.running < this.limits.running && share.running < this.limits.runningOfCaller) this.start(share)
    else await this.turnOf(share, caller)
    try {
      return await work()
    } finally {
      this.running -= 1
      share.running -= 1
      this.leave(share, caller)
      this.startNext()
    }
  }

  private isOver({ running, waiting }: Share): boolean {
    return running + waiting.length >= this.limits.ofCaller
  }

  private shareOf(caller: string): Share {
    const known = this.shares.get(caller)
    if (known) return known
    const made: Share = { running: 0, waiting: [], sign: undefined }
    this.shares.set(caller, made)
    return made
  }

  private start(share: Share): void {
    this.running += 1
    share.running += 1
  }

  /** Waits until the call was started. */
  private turnOf(share: Share, caller: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(() => {
        share.waiting.splice(share.waiting.indexOf(begin), 1)
        if (share.waiting.length === 0) this.turns.delete(share)
        this.leave(share, caller)
        reject(overloaded())
      }, this.patienceMs)
      share.waiting.push(begin)
      this.turns.add(share)
    })
  }

  /** A share without calls is forgotten. */
  private leave(share: Share, caller: string): void {
    this.count -= 1
    if (share.running > 0 || share.waiting.length > 0) return
    this.shares.delete(caller)
    if (share.sign !== undefined) this.signs.delete(share.sign)
  }

  private startNext(): void {
    if (this.turns.size === 0) return
    for (const share of this.turns) {
      if (this.running >= this.limits.running) return
      if (share.running >= this.limits.runningOfCaller) continue
      const begin = share.waiting.shift()
      // To the end of the turns, while it has more.
      this.turns.delete(share)
      if (share.waiting.length > 0) this.turns.add(share)
      this.start(share)
      begin?.()
    }
  }

  private remember(share: Share, sign: string): void {
    if (share.sign === sign) return
    if (share.sign !== undefined) this.signs.delete(share.sign)
    share.sign = sign
    this.signs.set(sign, share)
  }
}
