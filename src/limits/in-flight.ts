// Shares the calls in flight among their callers. A call waits for its turn: callers take turns, however many calls
// each of them has sent, and no caller has more than half of the database's connections. So the tenth slow list of one
// caller waits behind the first call of every other. Calls that change something leave connections to those that read:
// they hold theirs until the disk has the change, and changes of the same rows wait for each other. Known libraries of
// queues are not fair by a key.
import { unavailable } from '../errors.js'
import { limitsFor, type Limits } from './capacity.js'

/** After this many milliseconds without a turn, the client is told to come again. */
const patienceMs = 3000

/** What `run` may know of a call. */
interface Call {
  /** Whether it may change something. */
  changes?: boolean
  /** The credentials as they were sent. */
  sign?: string | undefined
}

/** A call that waits for its turn. */
interface Waiting {
  changes: boolean
  begin: () => void
}

/** The calls of one caller. */
interface Share {
  running: number
  /** Those of `running` that change something. */
  changing: number
  /** The oldest first. */
  waiting: Waiting[]
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
  private changing = 0
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
   * user's id, or the address of a client without one.
   */
  async run<T>(caller: string, work: () => Promise<T>, { changes = false, sign }: Call = {}): Promise<T> {
    const share = this.shareOf(caller)
    if (this.isOver(share)) {
      if (sign !== undefined) this.remember(share, sign)
      throw overloaded()
    }
    if (this.count >= this.limits.inAll) throw overloaded()
    this.count += 1
    // While there is room, no waiting call could use it: a call that ends starts the next one at once.
    if (this.hasRoom(share, changes)) this.start(share, changes)
    else await this.turnOf(share, caller, changes)
    try {
      return await work()
    } finally {
      this.running -= 1
      share.running -= 1
      if (changes) {
        this.changing -= 1
        share.changing -= 1
      }
      this.leave(share, caller)
      this.startNext()
    }
  }

  /**
   * One caller's changes leave as many places as they take. So one caller takes half of them, three take a quarter each,
   * and a place is left for the first change of another.
   */
  private hasRoom(share: Share, changes: boolean): boolean {
    const { limits } = this
    if (this.running >= limits.running || share.running >= limits.runningOfCaller) return false
    return !changes || share.changing < limits.changing - this.changing
  }

  private isOver({ running, waiting }: Share): boolean {
    return running + waiting.length >= this.limits.ofCaller
  }

  private shareOf(caller: string): Share {
    const known = this.shares.get(caller)
    if (known) return known
    const made: Share = { running: 0, changing: 0, waiting: [], sign: undefined }
    this.shares.set(caller, made)
    return made
  }

  private start(share: Share, changes: boolean): void {
    this.running += 1
    share.running += 1
    if (!changes) return
    this.changing += 1
    share.changing += 1
  }

  /** Waits until the call was started. */
  private turnOf(share: Share, caller: string, changes: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      const call = { changes, begin }
      const timer = setTimeout(() => {
        share.waiting.splice(share.waiting.indexOf(call), 1)
        if (share.waiting.length === 0) this.turns.delete(share)
        this.leave(share, caller)
        reject(overloaded())
      }, this.patienceMs)
      share.waiting.push(call)
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

  /** A caller's read may pass their change that has no room yet. */
  private startNext(): void {
    if (this.turns.size === 0) return
    for (const share of this.turns) {
      if (this.running >= this.limits.running) return
      const index = share.waiting.findIndex(({ changes }) => this.hasRoom(share, changes))
      const [call] = index < 0 ? [] : share.waiting.splice(index, 1)
      if (!call) continue
      // To the end of the turns, while it has more.
      this.turns.delete(share)
      if (share.waiting.length > 0) this.turns.add(share)
      this.start(share, call.changes)
      call.begin()
    }
  }

  private remember(share: Share, sign: string): void {
    if (share.sign === sign) return
    if (share.sign !== undefined) this.signs.delete(share.sign)
    share.sign = sign
    this.signs.set(sign, share)
  }
}
