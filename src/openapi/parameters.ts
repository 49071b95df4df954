// Parameters: of paths, of headers, and of queries that a schema states.
import type { TObject } from '@sinclair/typebox'
import { uuid } from '../schema/formats.js'
import type { Components, Json } from './components.js'

/** A uuid for examples: no row has it. */
export const exampleId = '01890000-0000-7000-8000-000000000000'

export const pathParameter = (name: string): Json => ({ name, in: 'path', required: true, schema: { ...uuid() } })

export const idempotencyKey = (components: Components) =>
  components.parameter('IdempotencyKey', {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes the call happen once: for 24 hours a repetition by the same caller at the same path gets the first ' +
      'answer again, with `null` for secrets. Another body is 422; a call that is still running, 409.',
    schema: { type: 'string', minLength: 1, maxLength: 255 }
  })

/** The keys of a closed schema, each a parameter. */
export const queryParameters = (schema: TObject | undefined, components: Components): Json[] =>
  Object.entries(schema?.properties ?? {}).map(([name, { description, example, ...property }]) => ({
    name,
    in: 'query',
    ...(schema?.required?.includes(name) && { required: true }),
    ...(description && { description }),
    ...(example !== undefined && { example }),
    schema: components.schema(property)
  }))
