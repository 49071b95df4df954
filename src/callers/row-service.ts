// The base class of services over a table whose rows belong to users. It is closed by default: in a new service each
// caller reads and writes only their own rows, unless it sets `rows`.
import { KnexAdapter, type KnexAdapterParams } from '@feathersjs/knex'
import type { Id, Params } from '@feathersjs/feathers'
import type { Knex } from 'knex'
import { v7 as uuidv7 } from 'uuid'
import { paginate, type Page } from '../schema/paging.js'
import { badRequest } from '../errors.js'
import { rowId } from '../schema/validation.js'
import { callerOf } from './caller.js'

interface Options {
  db: Knex
  table: string
  /** The columns of a row, as the service returns it. */
  columns: readonly string[]
  /**
   * `own` (the default): the caller's rows, by `userId`. `everybody`: all rows; the service itself must limit the
   * callers.
   */
  rows?: 'own' | 'everybody'
}

type RowParams = Params & KnexAdapterParams

/**
 * Like Feathers' KnexService, but a method works on one row or one page and has one signature: a service can override
 * it without declaring signatures for lists. An id that is not a uuid, null among them, is 404. The service reads,
 * makes and changes only rows of the caller (401 without one): whatever `id` and `userId` the data has, the service
 * makes the id of a new row, and the caller owns the rows that they make or change.
 */
export class RowService<Row, Data = Partial<Row>, PatchData = Partial<Data>> extends KnexAdapter<
  Row,
  Data,
  RowParams,
  PatchData
> {
  private readonly rows: 'own' | 'everybody'
  private readonly columns: string[]

  constructor({ db, table, columns, rows = 'own' }: Options) {
    super({ Model: db, name: table })
    this.rows = rows
    this.columns = columns.map((name) => `${table}.${name}`)
  }

  async find(params: Params): Promise<Page<Row>> {
    return this._find({ ...(await this.sanitized(params)), paginate })
  }

  async get(id: Id, params: Params): Promise<Row> {
    return this._get(rowId(id), await this.sanitized(params))
  }

  async create(data: Data, params: Params): Promise<Row> {
    if (Array.isArray(data)) throw badRequest({ path: 'body', message: 'must be one object' })
    return this._create({ ...this.owned(data, params), id: uuidv7() }, params)
  }

  async patch(id: Id, data: PatchData, params: Params): Promise<Row> {
    return this._patch(rowId(id), this.owned(data, params), await this.sanitized(params))
  }

  async remove(id: Id, params: Params): Promise<Row> {
    return this._remove(rowId(id), await this.sanitized(params))
  }

  /** The adapter starts here whenever it reads rows, and when it looks for rows to change. */
  override createQuery(params: RowParams) {
    const query = super.createQuery(params)
    if (!params.query?.['$select']) query.clearSelect().select(this.columns)
    return this.rows === 'everybody' ? query : query.where(`${this.options.name}.userId`, callerOf(params).id)
  }

  /** The data of a row, with its owner. */
  private owned<T>(data: T, params: Params): T {
    return this.rows === 'everybody' ? data : { ...data, userId: callerOf(params).id }
  }

  /** 400 for operators that the adapter does not know, in a query that no schema has checked. */
  private async sanitized(params: Params): Promise<RowParams> {
    return { ...params, query: await this.sanitizeQuery(params) }
  }
}
