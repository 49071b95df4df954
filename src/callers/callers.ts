// Looks callers up by token or id, and remembers each until the database notifies of a change.
import { LRUCache } from 'lru-cache'
import type { Knex } from 'knex'
import type { Listener } from '../database/notifications.js'
import { runOne } from '../database/statement.js'
import { refuse } from '../errors.js'
import type { Caller } from './caller.js'
import type { AccessTokens } from './tokens.js'

const callerById = `
  select id, "isGuest",
    array(select type from scopes where "userId" = users.id) as scopes,
    array(select token from identity_providers where "userId" = users.id and verified) as addresses
  from users where id = $1`

/** On this channel, triggers send the id of a user whose rights, addresses or existence changed; see the migrations. */
export const callerChanged = 'caller_changed'

export class Callers implements Listener {
  /** A caller is kept for ten minutes at most, in case rows were changed while the triggers were off. */
  private readonly known = new LRUCache<string, Caller>({ max: 20_000, ttl: 600_000, ttlResolution: 1000 })
  /** False while notifications could be missed: no caller is remembered then. */
  private listening = false
  /** Counts changes, so that a row read before a change is not remembered after it. */
  private changes = 0

  constructor(
    private readonly db: Knex,
    private readonly tokens: AccessTokens
  ) {}

  /** 401 when the token is bad or its user is gone. */
  async byToken(token: string): Promise<Caller> {
    const { sub } = this.tokens.verify(token)
    const caller = await this.byId(sub)
    if (!caller) throw refuse('bad-token')
    return caller
  }

  async byId(id: string): Promise<Caller | undefined> {
    const remembered = this.known.get(id)
    if (remembered) return remembered
    const { changes } = this
    const caller = await runOne<Caller & object>(this.db, callerById, [id])
    if (caller && this.listening && changes === this.changes) this.known.set(id, caller)
    return caller
  }

  /** Forgets a user who has changed. The code that makes a change calls this; other processes get a notification. */
  forget(id: string): void {
    this.changes += 1
    this.known.delete(id)
  }

  heard(id: string): void {
    this.forget(id)
  }

  connected(): void {
    this.changes += 1
    this.known.clear()
    this.listening = true
  }

  lost(): void {
    this.changes += 1
    this.known.clear()
    this.listening = false
  }
}
