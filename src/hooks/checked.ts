// Hooks that check what was sent against a schema.
import type { NextFunction } from '@feathersjs/feathers'
import { Type, type TSchema } from '@sinclair/typebox'
import type { HookContext } from '../declarations.js'
import { closed } from '../schema/formats.js'
import { checkerOf } from '../schema/validation.js'

/** The data must be what `schema` says. */
export function checkedData(schema: TSchema) {
  const check = checkerOf(schema)
  return async (context: HookContext, next: NextFunction) => {
    if (context.params.provider) context.data = check(context.data ?? {})
    return next()
  }
}

/** The query must be what `schema` says; REST queries are text, so numbers and booleans are read from it. */
export function checkedQuery(schema: TSchema) {
  const check = checkerOf(schema)
  const checkText = checkerOf(schema, { coerce: true })
  return async (context: HookContext, next: NextFunction) => {
    const { provider, query = {} } = context.params
    if (provider) context.params.query = (provider === 'rest' ? checkText : check)({ ...query }, 'query') as object
    return next()
  }
}

const nothing = Type.Object({}, closed)

/** No query at all: what is not read must not be sent, or its sender believes that it counts. */
export const noQuery = checkedQuery(nothing)
