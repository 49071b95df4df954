// The common part of channels and locations: a name, and members, each with a role.
import type { Id, Params } from '@feathersjs/feathers'
import { Type, type Static, type TObject } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { v7 as uuidv7 } from 'uuid'
import { runOne, type Database } from '../../database/statement.js'
import { notFound, refuse } from '../../errors.js'
import { columnsOf, columnsSql } from '../../schema/columns.js'
import { closed, name, oneOf, time, uuid } from '../../schema/formats.js'
import { callerOf } from '../../callers/caller.js'
import { RowService } from '../../callers/row-service.js'
import type { Page } from '../../schema/paging.js'
import type { RowLimits } from '../../limits/row-limit.js'
import { rowId } from '../../schema/validation.js'
import { findInvitable, type PlaceTables } from './invitable.js'

/** A place has one owner: the user who made it. */
export const roles = ['owner', 'moderator', 'member'] as const

/** The most channels, and the most locations, that one user owns; and the most instances that one user has started. */
export const mostOwned = 1000

export const placeSchema = ($id: string, description: string) =>
  Type.Object(
    { id: uuid(), name: Type.String(), createdAt: time(), updatedAt: time() },
    { ...closed, $id, description }
  )
export type Place = Static<ReturnType<typeof placeSchema>>

const placeColumns = columnsSql(placeSchema('', ''), 'p')

export const placeDataSchema = Type.Object({ name: name() }, closed)
export const roleDataSchema = Type.Object({ role: oneOf(['moderator', 'member']) }, closed)
export type RoleData = Static<typeof roleDataSchema>

export class PlaceService {
  constructor(
    private readonly db: Database,
    private readonly tables: PlaceTables,
    private readonly limits: RowLimits
  ) {}

  /** A page of the places to which the caller may invite, by name. */
  find(params: Params): Promise<Page<Place>> {
    const { places } = this.tables
    return findInvitable(this.db, params, this.tables, {
      schema: placeSchema('', ''),
      from: `p join ${places} r on r.id = p.id`,
      order: 'lower(r.name), r.id'
    })
  }

  /** Makes a place, and the caller its owner, in one statement. 409 for a caller who owns the most already. */
  async create(data: { name: string }, params: Params): Promise<Place> {
    const { id } = callerOf(params)
    const rows = `from ${this.tables.members} where "userId" = $1 and role = 'owner'`
    return this.limits.below(this.db, { reason: 'too-many-owned', most: mostOwned, rows }, id, (trx) =>
      this.insert(trx, data.name, id)
    )
  }

  private async insert(trx: Database, name: string, userId: string): Promise<Place> {
    const { places, members, key } = this.tables
    const row = await runOne<Place & object>(
      trx,
      `with place as (insert into ${places} as p (id, name) values ($1, $2) returning ${placeColumns}),
       owner as (insert into ${members} (id, "${key}", "userId", role) select $3, id, $4, 'owner' from place)
       select * from place`,
      [uuidv7(), name, uuidv7(), userId]
    )
    if (!row) throw notFound()
    return row
  }
}

export interface Member {
  id: string
  userId: string
  role: (typeof roles)[number]
  createdAt: string
}

export class MemberService<Row extends Member> extends RowService<Row, Partial<Row>, RoleData> {
  constructor(
    private readonly knex: Knex,
    private readonly tables: PlaceTables,
    private readonly memberSchema: TObject
  ) {
    super({ db: knex, table: tables.members, columns: columnsOf(memberSchema), rows: 'everybody' })
  }

  /** A member sees the other members of the same places. */
  override createQuery(params: Params) {
    const { members, key } = this.tables
    const mine = this.knex(members)
      .select(key)
      .where({ userId: callerOf(params).id })
    return super.createQuery(params).whereIn(`${members}.${key}`, mine)
  }

  /** The members of a place, for a member. For other callers the place does not exist: 404. */
  override async find(params: Params): Promise<Page<Row>> {
    const page = await super.find({ ...params, query: { ...params.query, $sort: { createdAt: 1, id: 1 } } })
    // A member sees at least their own row.
    if (page.total === 0) throw notFound()
    return page
  }

  /** The owner makes a member a moderator, or a moderator a member. The owner's own role stays. */
  override async patch(id: Id, data: RoleData, params: Params): Promise<Row> {
    const { members, key } = this.tables
    const caller = callerOf(params)
    const changed = await runOne<Row>(
      this.knex,
      `update ${members} m set role = $3
       where m.id = $1 and m.role <> 'owner' and exists (
         select 1 from ${members} o where o."${key}" = m."${key}" and o."userId" = $2 and o.role = 'owner'
       )
       returning ${columnsSql(this.memberSchema, 'm')}`,
      [rowId(id), caller.id, data.role]
    )
    if (changed) return changed
    const visible = await runOne(
      this.knex,
      `select 1 from ${members} m join ${members} mine using ("${key}") where m.id = $1 and mine."userId" = $2`,
      [id, caller.id]
    )
    throw visible ? refuse('owners-only') : notFound()
  }
}
