// How many calls run at once and how many may wait, by the number of connections to the database; and which of them
// count as changes.

/** Calls in flight of one caller, for each connection of the pool: each waits for at most about this many others. */
const callsPerConnection = 8
const fewestCalls = 64

/** So many callers together fill the service. One caller cannot: the gate, which knows no callers, lets others pass. */
const callersToFill = 4

/** Not fewer run at once, however small the pool is: a call that hashes a password needs no connection meanwhile. */
const fewestRunning = 5

/** Changes leave one of so many connections to calls that read. A single connection cannot be shared like that. */
const partForReads = 5

export interface Limits {
  /** Calls that run at once. */
  running: number
  /** Calls of one caller that run at once. */
  runningOfCaller: number
  /** Calls that change something and run at once. */
  changing: number
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
    changing: poolSize === 1 ? fewestRunning : poolSize - Math.ceil(poolSize / partForReads),
    ofCaller,
    inAll: ofCaller * callersToFill
  }
}

/** Whether calls of this method change something. A sign-in mostly reads, and hashes a password meanwhile. */
export const isChange = (path: string, method: string) =>
  method !== 'find' && method !== 'get' && path !== 'authentication'
