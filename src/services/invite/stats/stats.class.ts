// GET /invite-stats: what happened to the caller's invites, by day and type.
import type { Params, ServiceInterface } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { callerOf } from '../../../callers/caller.js'
import type { Stats, StatsQuery } from './stats.schema.js'
import { countByDay } from './count-by-day.js'

export class StatsService implements ServiceInterface<Stats> {
  constructor(private readonly options: { db: Knex }) {}

  async find(params: Params<StatsQuery>): Promise<Stats> {
    return { data: await countByDay(this.options.db, callerOf(params), params.query ?? {}) }
  }
}
