// Bounded work: what the database cannot do soon is refused at once, instead of waiting until its client has left.
import { unavailable } from './errors.js'

/** Calls in flight per connection of the pool: each waits for at most about this many others. */
const callsPerConnection = 16
const fewest = 64

export const overloaded = () => unavailable('The service is overloaded')

export class InFlight {
  private count = 0
  private readonly limit: number

  constructor(poolSize: number) {
    this.limit = Math.max(fewest, poolSize * callsPerConnection)
  }

  /** Whether a call is running. */
  get isBusy(): boolean {
    return this.count > 0
  }

  /** Whether one more call would be refused. */
  get isFull(): boolean {
    return this.count >= this.limit
  }

  /** Runs `work`, or throws a 503 when there is too much in flight already. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isFull) throw overloaded()
    this.count += 1
    try {
      return await work()
    } finally {
      this.count -= 1
    }
  }
}
