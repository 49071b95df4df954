// A page of a list: its limits, and the schema of its query and its reply.
import { Type, type TProperties, type TSchema } from '@sinclair/typebox'
import { closed } from './formats.js'

export const paginate = { default: 10, max: 100 }

export interface Page<Row> {
  total: number
  limit: number
  skip: number
  data: Row[]
}

export const pageSchema = (row: TSchema) =>
  Type.Object({ total: Type.Integer(), limit: Type.Integer(), skip: Type.Integer(), data: Type.Array(row) }, closed)

const pageQuery = {
  $limit: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'The rows of a page; above 100 it counts as 100.' })
  ),
  $skip: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 100_000_000, description: 'The rows to leave out at the start.' })
  )
}

/** A list's query: these conditions, by equality, and paging. */
export const listQuery = <Conditions extends TProperties>(conditions: Conditions) =>
  Type.Object({ ...conditions, ...pageQuery }, closed)

/** The query of a list without conditions. */
export const pageQuerySchema = listQuery({})
