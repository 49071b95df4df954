// Feathers' hooks validateData and validateQuery, for our schemas. Internal calls are not validated.
import { hooks } from '@feathersjs/schema'
import type { NextFunction } from '@feathersjs/feathers'
import { Type, type TSchema } from '@sinclair/typebox'
import type { HookContext } from '../declarations.js'
import { closed } from '../schema/formats.js'
import { checkerOf } from '../schema/validation.js'

/** The data must be an object that fits `schema`; without any it is `{}`. 400 names every problem. */
export function validateData(schema: TSchema) {
  const check = checkerOf(schema)
  const validate = hooks.validateData(async (data) => check(data))
  return async (context: HookContext, next: NextFunction) => {
    if (!context.params.provider) return next()
    context.data ??= {}
    // Feathers would validate the items of a list one by one; these methods take one object.
    if (Array.isArray(context.data)) check(context.data)
    return validate(context, next)
  }
}

/** The query must fit `schema`. A REST query is text, so numbers and booleans are read from it; socket JSON is not. */
export function validateQuery(schema: TSchema) {
  const [check, checkText] = [checkerOf(schema), checkerOf(schema, { coerce: true })]
  const validate = hooks.validateQuery(async (query) => check(query, 'query'))
  // Coercion changes the object that it reads.
  const validateText = hooks.validateQuery(async (query: object) => checkText({ ...query }, 'query'))
  return async (context: HookContext, next: NextFunction) => {
    const { provider } = context.params
    if (!provider) return next()
    return provider === 'rest' ? validateText(context, next) : validate(context, next)
  }
}

/** Allows no query. An unknown key is a 400, so that a client does not believe that the key has an effect. */
export const noQuery = validateQuery(Type.Object({}, closed))
