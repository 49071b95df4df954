// The documentation of the filter in each notation: as JSON, in brackets, and as parameters of their own. All of it is
// generated from the table of keys that reads and compiles the filter.
import { Type, type TProperties, type TSchema } from '@sinclair/typebox'
import { closed, nullable } from '../../../schema/formats.js'
import { filterLimits } from './budget.js'
import { operatorsOf } from './condition.js'
import { filterKeys, sortable, type FilterKey } from './keys.js'
import { inviteKeys } from '../invite.table.js'
import { pageQuerySchema } from '../../../schema/paging.js'
import type { Components, Json } from '../../../openapi/components.js'
import { queryParameters } from '../../../openapi/parameters.js'

/** A value that a row can have. */
const valueOf = ({ type, schema }: FilterKey): TSchema =>
  type === 'json'
    ? Type.Object({}, { additionalProperties: true, description: 'Matches a value that contains this object.' })
    : schema

/** A bound of a range, or a pattern. */
function partOf({ type, schema }: FilterKey): TSchema {
  if (type === 'text') return Type.String()
  return type === 'integer' ? Type.Integer({ minimum: -(2 ** 31) + 1, maximum: 2 ** 31 - 1 }) : schema
}

function operand(operator: string, field: FilterKey): TSchema {
  const value = valueOf(field)
  if (operator === '$in') return Type.Array(nullable(value))
  if (operator === '$nin') return Type.Array(nullable(value), { minItems: 1 })
  return operator === '$ne' ? nullable(value) : partOf(field)
}

/** A bare value, null, or operators. */
function condition(field: FilterKey): TSchema {
  const value = valueOf(field)
  const operators = operatorsOf[field.type].map((operator) => [operator, Type.Optional(operand(operator, field))])
  const written = [value, Type.Null()]
  return Type.Union(
    operators.length === 0
      ? written
      : [...written, Type.Object(Object.fromEntries(operators) as TProperties, { ...closed, minProperties: 1 })]
  )
}

/** The conditions on keys that begin with `prefix`. A key that has keys of its own is an object. */
function conditions(prefix: string): TProperties {
  const here = [...filterKeys.values()].filter(
    ({ name }) => name.startsWith(prefix) && !name.slice(prefix.length).includes('.')
  )
  return Object.fromEntries(
    here.map((field) => {
      const key = field.name.slice(prefix.length)
      return [key, Type.Optional(field.nested ? nullable(nested(field.name, field.nested)) : condition(field))]
    })
  )
}

const nested = (name: string, $id: string) => Type.Object(conditions(`${name}.`), { ...closed, $id })

const alternatives = Type.Optional(
  Type.Array(Type.Unsafe<object>({ $ref: '#/components/schemas/InviteFilter' }), { minItems: 1 })
)

export const inviteFilterSchema = Type.Object(
  { ...conditions(''), $and: alternatives, $or: alternatives },
  {
    ...closed,
    $id: 'InviteFilter',
    description:
      'Conditions, all of which must hold. Only `null` matches null, alone or within `$in`. ' +
      'A value that the caller may not see reads as null.'
  }
)

/** Matches the invite that the example of POST /invite makes. */
const example = JSON.stringify({ inviteType: 'friend', status: 'pending', token: 'grace@example.com' })

/**
 * `?inviteType=friend`, or with brackets where the value is an object. Swagger UI fills in and sends an object that has
 * no example: `{}` sends nothing.
 */
function exploded(field: FilterKey, components: Components): Json {
  const isObject = field.nested !== undefined || field.type === 'json'
  const schema = field.nested ? nested(field.name, field.nested) : valueOf(field)
  return components.parameter(`filter.${field.name}`, {
    name: field.name,
    in: 'query',
    ...(isObject && { style: 'deepObject', explode: true, example: {} }),
    schema: components.schema(schema)
  })
}

/**
 * The filter as a text. Generators of clients differ about an object as JSON in a query, and would write it in brackets.
 * Swagger UI sends an example that the reader leaves as it is.
 */
const asText = (components: Components): Json => ({
  name: 'filter',
  in: 'query',
  description: `The conditions: an \`InviteFilter\` as percent-encoded JSON of at most 8 KB. Its values are not converted.

The client may also write them in brackets, as \`style: deepObject\` and Feathers' REST client do:
\`filter[inviteType]=friend&filter[user][name]=Ada\`; or each condition as a parameter of its own:
\`inviteType=friend&user[name]=Ada\`. Operators are written in brackets as well: \`maxUses[$gt]=1\`,
\`status[$in][]=pending\`, \`$or[0][inviteType]=friend\`. In these two ways numbers and booleans are read from their
text, and \`key=\` and \`key=null\` mean null. Conditions beside \`filter\` are ANDed to it; a key in both places, or
twice, is 400.

In all, a filter has at most ${filterLimits.conditions} conditions, ${filterLimits.items} items in lists,
${filterLimits.patterns} patterns, and ${filterLimits.lookups} conditions on people and channels; \`$and\` and \`$or\`
stand at most ${filterLimits.depth} deep in each other. More is a 400, \`filter-budget\`.`,
  // For contentMediaType, Swagger UI asks for a file.
  schema: { type: 'string', contentSchema: components.schema(inviteFilterSchema) }
})

/** Each condition as a parameter of its own. */
const conditionParameters = (components: Components): Json[] =>
  [...filterKeys.values()].filter(({ name }) => !name.includes('.')).map((field) => exploded(field, components))

/** The filter of calls that need one, in each of its notations. */
export const filterParameters = (components: Components): Json[] => [
  components.parameter('filter', { ...asText(components), example }),
  ...conditionParameters(components)
]

const sortSchema = Type.Object(
  Object.fromEntries(
    [...sortable.keys()].map((key) => [key, Type.Optional(Type.Unsafe<number>({ type: 'integer', enum: [1, -1] }))])
  ),
  closed
)

/** `$select[]=id&$select[]=status` */
export const selectParameter = (components: Components): Json =>
  components.parameter('select', {
    name: '$select[]',
    in: 'query',
    description: 'The keys of the reply; without it, all.',
    style: 'form',
    explode: true,
    schema: { type: 'array', minItems: 1, items: { type: 'string', enum: inviteKeys } }
  })

/** The parameters of a list: its conditions, if any, and others. */
export const listParameters = (components: Components): Json[] => [
  {
    name: 'action',
    in: 'query',
    description: 'Only the invites that the caller sent, or only those that they received.',
    schema: { type: 'string', enum: ['sent', 'received'] }
  },
  {
    name: 'search',
    in: 'query',
    description:
      'Text in the names of inviter, invitee and channel, or in the address of an invite that the caller sent or got.',
    schema: { type: 'string', maxLength: 254 }
  },
  ...queryParameters(pageQuerySchema, components),
  {
    name: '$sort',
    in: 'query',
    description: 'The order, for example `$sort[createdAt]=-1`; without it, newest first.',
    style: 'deepObject',
    explode: true,
    example: {},
    schema: components.schema(sortSchema)
  },
  selectParameter(components),
  components.parameter('listFilter', asText(components)),
  ...conditionParameters(components)
]
