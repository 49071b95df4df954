// The named parts of the document. A schema with an $id is stored once, and every place that uses it refers to it.
import type { TSchema } from '@sinclair/typebox'
import { isObject } from '../schema/is-object.js'

export type Json = { readonly [key: string]: unknown }

/** The same schema under a name of its own. */
export const named = <T extends TSchema>($id: string, schema: T): T => ({ ...schema, $id })

export class Components {
  readonly schemas: Record<string, unknown> = {}
  readonly parameters: Record<string, unknown> = {}

  /** A TypeBox schema as it stands in the document. */
  schema({ $id, ...schema }: Json): Json {
    if (typeof $id !== 'string') return this.inline(schema) as Json
    if (!($id in this.schemas)) {
      // The name is reserved first, because a schema may refer to itself.
      this.schemas[$id] = {}
      this.schemas[$id] = this.inline(schema)
    }
    return { $ref: `#/components/schemas/${$id}` }
  }

  /** A parameter that several operations share. */
  parameter(key: string, parameter: Json): Json {
    this.parameters[key] ??= parameter
    return { $ref: `#/components/parameters/${key}` }
  }

  private inline(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.within(item))
    if (!isObject(value)) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.within(item)]))
  }

  private within(value: unknown): unknown {
    return isObject(value) && typeof value['$id'] === 'string' ? this.schema(value) : this.inline(value)
  }
}
