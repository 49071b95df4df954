// user-relationship: the caller's own friends and blocks. Accepting an invite makes a friend.
import { authenticate } from '@feathersjs/authentication'
import type { Id, Params } from '@feathersjs/feathers'
import type { Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { v7 as uuidv7 } from 'uuid'
import { whenViolated } from '../../database/errors.js'
import { retried } from '../../database/retry.js'
import { run, runOne } from '../../database/statement.js'
import type { Application } from '../../declarations.js'
import { invalid, notFound, refuse } from '../../errors.js'
import { columnsOf, columnsSql } from '../../schema/columns.js'
import type { RowLimit, RowLimits } from '../../limits/row-limit.js'
import { rowId } from '../../schema/validation.js'
import { callerOf } from '../../callers/caller.js'
import { RowService } from '../../callers/row-service.js'
import { validateData, validateQuery, noQuery } from '../../hooks/validate.js'
import { userRelationshipDocs } from './user-relationship.docs.js'
import {
  userRelationshipDataSchema,
  userRelationshipQuerySchema,
  userRelationshipSchema,
  type UserRelationship
} from './user-relationship.schema.js'

whenViolated({
  user_relationships_pair: () => refuse('already'),
  user_relationships_self: () => invalid({ reason: 'oneself', path: 'relatedUserId' }),
  user_relationships_related_fk: () => refuse('no-such-user')
})

const blocksOfUser: RowLimit = {
  reason: 'too-many-blocks',
  most: 10_000,
  rows: `from user_relationships where "userId" = $1 and "userRelationshipType" = 'blocking'`
}

type Data = Static<typeof userRelationshipDataSchema>

export class UserRelationshipService extends RowService<UserRelationship, Data> {
  constructor(
    private readonly knex: Knex,
    private readonly limits: RowLimits
  ) {
    super({ db: knex, table: 'user_relationships', columns: columnsOf(userRelationshipSchema) })
  }

  /**
   * Blocks a user, which ends a friendship on both sides; the blocked user gets no notice. The first statement writes
   * the caller's own row, and waits for an acceptance that is writing it. So the second statement sees the rows of that
   * acceptance.
   */
  override async create(data: Data, params: Params): Promise<UserRelationship> {
    const { id } = callerOf(params)
    return this.limits.below(this.knex, blocksOfUser, id, async (trx) => {
      const row = await runOne<UserRelationship>(
        trx,
        `insert into user_relationships as r (id, "userId", "relatedUserId", "userRelationshipType")
         values ($1, $2, $3, 'blocking')
         on conflict on constraint user_relationships_pair do update
           set "userRelationshipType" = 'blocking', "updatedAt" = clock_timestamp()
           where r."userRelationshipType" <> 'blocking'
         returning ${columnsSql(userRelationshipSchema, 'r')}`,
        [uuidv7(), id, data.relatedUserId]
      )
      if (!row) throw refuse('already')
      await run(
        trx,
        `delete from user_relationships
         where "userId" = $1 and "relatedUserId" = $2 and "userRelationshipType" = 'friend'`,
        [data.relatedUserId, id]
      )
      return row
    })
  }

  /** Unblocks a user, or ends a friendship on both sides. */
  override async remove(id: Id, params: Params): Promise<UserRelationship> {
    const caller = callerOf(params)
    const rows = await retried(() =>
      run<UserRelationship>(
        this.knex,
        `with mine as (
         select id, "userId", "relatedUserId", "userRelationshipType" from user_relationships where id = $1 and "userId" = $2
       )
       delete from user_relationships r using mine
       where r.id = mine.id or (
         mine."userRelationshipType" = 'friend' and r."userRelationshipType" = 'friend'
         and r."userId" = mine."relatedUserId" and r."relatedUserId" = mine."userId"
       )
       returning ${columnsSql(userRelationshipSchema, 'r')}`,
        [rowId(id), caller.id]
      )
    )
    const row = rows.find(({ userId }) => userId === caller.id)
    if (!row) throw notFound()
    return row
  }
}

export function userRelationship(app: Application) {
  app.use('user-relationship', new UserRelationshipService(app.get('db'), app.get('rowLimits')), {
    methods: ['find', 'create', 'remove'],
    docs: userRelationshipDocs,
    serviceEvents: []
  })
  app.service('user-relationship').hooks({
    around: {
      all: [authenticate('jwt')],
      find: [validateQuery(userRelationshipQuerySchema)],
      create: [noQuery, validateData(userRelationshipDataSchema)],
      remove: [noQuery]
    }
  })
}
