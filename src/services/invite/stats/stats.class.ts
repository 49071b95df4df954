// GET /invite-stats: the numbers of the invites that the caller may list.
import type { Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { callerOf } from '../../../callers/caller.js'
import { inviteStats } from './stats-sql.js'
import type { Stats, StatsQuery } from './stats.schema.js'

export class StatsService {
  constructor(private readonly options: { db: Knex }) {}

  async find(params: Params<StatsQuery>): Promise<Stats> {
    const { action, days = 90 } = params.query ?? {}
    return { data: await inviteStats(this.options.db, callerOf(params), { action, days }) }
  }
}
