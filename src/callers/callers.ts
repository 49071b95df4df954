// Looks callers up by token or id, and remembers each until the database notifies of a change.
import { LRUCache } from 'lru-cache'
import type { Knex } from 'knex'
import type { Listener } from '../database/notifications.js'
import { runOne } from '../database/statement.js'
import { refuse } from '../errors.js'
import type { Caller } from './caller.js'
import type { AccessPayload, AccessTokens } from './tokens.js'

const callerById = `
  select u.id, u."isGuest",
    array(select type from scopes where "userId" = u.id) as scopes,
    array(select token from identity_providers where "userId" = u.id and verified) as addresses,
    (extract(epoch from e."endedAt") * 1000)::float8 as "endedAt", e."keptToken"
  from users u left join session_ends e on e."userId" = u.id where u.id = $1`

/** A caller, and which of their sessions have ended. */
interface Known {
  caller: Caller
  /** Tokens that were made until then are bad: milliseconds since 1970, by the database's clock. */
  endedAt: number | null
  /** The id of the one older token that is good. */
  keptToken: string | null
}

const hasEnded = ({ endedAt, keptToken }: Known, { iat, jti }: AccessPayload) =>
  endedAt !== null && Math.round(iat * 1000) <= endedAt && (jti === undefined || jti !== keptToken)

/** On this channel, triggers send the id of a user whose rights, addresses or existence changed; see the migrations. */
export const callerChanged = 'caller_changed'

export class Callers implements Listener {
  /** A caller is kept for ten minutes at most, in case rows were changed while the triggers were off. */
  private readonly known = new LRUCache<string, Known>({ max: 20_000, ttl: 600_000, ttlResolution: 1000 })
  /** False while notifications could be missed: no caller is remembered then. */
  private listening = false
  /** Counts changes, so that a row read before a change is not remembered after it. */
  private changes = 0

  private readonly watchers: ((userId: string | undefined) => void)[] = []

  constructor(
    private readonly db: Knex,
    private readonly tokens: AccessTokens
  ) {}

  /** 401 when the token is bad, its session has ended, or its user is gone. */
  async byToken(token: string): Promise<Caller> {
    const caller = await this.ofSession(this.tokens.verify(token))
    if (!caller) throw refuse('bad-token')
    return caller
  }

  /** The caller of a verified token; undefined when its session has ended, or its user is gone. */
  async ofSession(payload: AccessPayload): Promise<Caller | undefined> {
    const known = await this.find(payload.sub)
    return known && !hasEnded(known, payload) ? known.caller : undefined
  }

  async byId(id: string): Promise<Caller | undefined> {
    return (await this.find(id))?.caller
  }

  /** `watcher` is called with the id of each user who changes; without one when changes may have been missed. */
  watch(watcher: (userId: string | undefined) => void): void {
    this.watchers.push(watcher)
  }

  private async find(id: string): Promise<Known | undefined> {
    const remembered = this.known.get(id)
    if (remembered) return remembered
    const { changes } = this
    const row = await runOne<Caller & Omit<Known, 'caller'>>(this.db, callerById, [id])
    if (!row) return undefined
    const { endedAt, keptToken, ...caller } = row
    const known = { caller, endedAt, keptToken }
    if (this.listening && changes === this.changes) this.known.set(id, known)
    return known
  }

  /** Forgets a user who has changed. The code that makes a change calls this; other processes get a notification. */
  forget(id: string): void {
    this.changes += 1
    this.known.delete(id)
    this.tell(id)
  }

  heard(id: string): void {
    this.forget(id)
  }

  connected(): void {
    this.changes += 1
    this.known.clear()
    this.listening = true
    this.tell(undefined)
  }

  lost(): void {
    this.changes += 1
    this.known.clear()
    this.listening = false
  }

  private tell(userId: string | undefined): void {
    for (const watcher of this.watchers) watcher(userId)
  }
}
