// The hook table that the generator writes for every service that has a schema.
import { authenticate } from '@feathersjs/authentication'
import { getValidator, hooks as schemaHooks, querySyntax, resolve, type Resolver } from '@feathersjs/schema'
import type { HookContext } from '../declarations.js'
import { queryValidator } from '../validators.js'

type Properties = Parameters<typeof querySyntax>[0]

/** `properties` are those that a query may name; the resolvers are the empty ones where none is given. */
export function generatedHooks<T>(
  name: string,
  properties: Properties,
  resolver: Resolver<T, HookContext> = resolve<T, HookContext>({}),
  externalResolver: Resolver<T, HookContext> = resolve<T, HookContext>({})
) {
  const querySchema = {
    $id: `${name}Query`,
    type: 'object',
    additionalProperties: false,
    properties: { ...querySyntax(properties) }
  } as const
  return {
    around: {
      all: [authenticate('jwt'), schemaHooks.resolveExternal(externalResolver), schemaHooks.resolveResult(resolver)]
    },
    before: {
      all: [
        schemaHooks.validateQuery(getValidator(querySchema, queryValidator)),
        schemaHooks.resolveQuery(resolve<object, HookContext>({}))
      ]
    }
  }
}
