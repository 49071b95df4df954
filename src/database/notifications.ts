// Receives Postgres' notifications on a connection of its own, proves all the time that they arrive, and connects again
// when they do not.
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Logger } from 'pino'
import type { PoolConnection } from './connection.js'

export interface Listener {
  /** A notification arrived on the channel. */
  heard: (payload: string) => void
  /** From now on every notification arrives. */
  connected: () => void
  /** From now on no notification arrives, and some may be missing already. */
  lost: () => void
}

/**
 * A connection that is open proves nothing: a proxy may swallow what comes, and a pooler that shares sessions never
 * delivers a notification. So a second connection sends a word, and the first must hear it. Notifications arrive in the
 * order of their commits: a process that hears a word has heard every change from before it was sent. So nothing that
 * is cached is older than `provenMs`. A process sends three words a second, each a tiny statement that writes no row.
 */
export const pace = {
  /** From the arrival of one word to the next. */
  everyMs: 300,
  /** How long after its sending a word that arrived proves something. */
  provenMs: 1000,
  /** A word that has not arrived by then never arrives: both connections are made anew. */
  deafMs: 3000,
  reconnectMs: 1000
}

const connectionOptions = { keepAlive: true, connectionTimeoutMillis: 3000 }

/** A connection that listens and one that speaks; together they are proven or lost. */
class Hearing {
  private readonly own: string
  private readonly ear: pg.Client
  private readonly mouth: pg.Client
  private word = ''
  private sentAt = 0
  private isProven = false
  private isOver = false
  private lapse: NodeJS.Timeout | undefined
  private next: NodeJS.Timeout | undefined

  constructor(
    connectionString: string,
    private readonly channel: string,
    private readonly listener: Listener,
    private readonly onChange: (isHeard: boolean) => void
  ) {
    // A channel for each process: no process hears the words of others.
    this.own = `${channel}_${randomBytes(8).toString('hex')}`
    const client = (name: string) =>
      new pg.Client({ connectionString, ...connectionOptions, application_name: `invite-service ${name}` })
    this.ear = client('listener')
    this.mouth = client('prover')
    for (const one of [this.ear, this.mouth]) one.on('error', () => this.end()).on('end', () => this.end())
    this.ear.on('notification', ({ channel: at, payload = '' }) => {
      if (at === this.own) this.prove(payload)
      else listener.heard(payload)
    })
  }

  async start(): Promise<void> {
    try {
      await Promise.all([this.ear.connect(), this.mouth.connect()])
      this.endIfDeaf()
      await this.ear.query(`listen ${this.channel}; listen ${this.own}`)
      await this.speak()
    } catch {
      this.end()
    }
  }

  private endIfDeaf(): void {
    clearTimeout(this.next)
    this.next = setTimeout(() => this.end(), pace.deafMs).unref()
  }

  private async speak(): Promise<void> {
    this.word = randomBytes(8).toString('hex')
    this.sentAt = performance.now()
    this.endIfDeaf()
    await this.mouth.query(`notify ${this.own}, '${this.word}'`)
  }

  private prove(word: string): void {
    if (this.isOver || word !== this.word) return
    clearTimeout(this.next)
    const left = this.sentAt + pace.provenMs - performance.now()
    if (left > 0) this.holdFor(left)
    this.next = setTimeout(() => void this.speak().catch(() => this.end()), pace.everyMs).unref()
  }

  private holdFor(ms: number): void {
    clearTimeout(this.lapse)
    this.lapse = setTimeout(() => this.lose(), ms).unref()
    if (this.isProven) return
    this.isProven = true
    this.listener.connected()
    this.onChange(true)
  }

  private lose(): void {
    clearTimeout(this.lapse)
    this.isProven = false
    this.listener.lost()
  }

  /** For good. The sockets are cut, because a goodbye on a silent connection is never answered. */
  end(): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.next)
    this.lose()
    for (const client of [this.ear, this.mouth]) {
      const { connection } = client as unknown as PoolConnection
      connection.stream.destroy()
    }
    this.onChange(false)
  }
}

/** Listens on `channel` of a Postgres until closed, connecting again whenever notifications do not arrive. */
export function listenOn(
  connectionString: string,
  channel: string,
  listener: Listener,
  logger?: Logger
): { close: () => Promise<void> } {
  let closed = false
  let hearing: Hearing
  let timer: NodeJS.Timeout | undefined
  /** Undefined before the first connection was tried. */
  let wasHeard: boolean | undefined

  const changed = (isHeard: boolean) => {
    if (closed) return
    if (!isHeard) {
      if (wasHeard !== false) logger?.warn({ channel }, 'notifications do not arrive: nothing is cached until they do')
      timer = setTimeout(connect, pace.reconnectMs).unref()
    } else if (wasHeard === false) logger?.info({ channel }, 'notifications arrive again')
    wasHeard = isHeard
  }
  const connect = () => {
    hearing = new Hearing(connectionString, channel, listener, changed)
    void hearing.start()
  }

  connect()
  return {
    close: async () => {
      closed = true
      clearTimeout(timer)
      hearing.end()
    }
  }
}
