// The OpenAPI document as a source of requests, and as the judge of replies.
import { Ajv } from '@feathersjs/schema'
import fc from 'fast-check'
import { formats, isName } from '../../src/schema/formats.js'

export type Schema = { readonly [key: string]: unknown }

interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required?: boolean
  style?: string
  schema?: Schema
}

export interface Operation {
  operationId: string
  method: string
  path: string
  security: Schema[]
  parameters: Parameter[]
  body?: { required: boolean; schema: Schema }
  /** By status: where the schema of its reply is, and the headers that it must have. */
  responses: Map<number, { schema: string[]; headers: string[] }>
}

const isObject = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export class Document {
  readonly operations: Operation[]
  private readonly ajv = new Ajv({ strict: false, allErrors: false, validateSchema: false })

  constructor(private readonly json: Schema) {
    for (const [name, { fault }] of Object.entries(formats)) {
      this.ajv.addFormat(name, (text) => fault(text) === undefined)
    }
    this.ajv.addSchema(json, 'document')
    this.operations = Object.entries(json['paths'] as Record<string, Record<string, Schema>>)
      // These take a form and a signature: stops.test.ts and delivery-report.test.ts try them.
      .filter(([path]) => !path.startsWith('/unsubscribe/') && path !== '/delivery-report')
      .flatMap(([path, item]) => Object.entries(item).map(([verb, operation]) => this.operation(path, verb, operation)))
  }

  /** The schema that a reference leads to; any other value as it is. */
  resolve(value: unknown): Schema {
    const ref = isObject(value) ? value['$ref'] : undefined
    return (typeof ref === 'string' ? this.at(pointerOf(ref)) : value) as Schema
  }

  /** The problem with a reply, or undefined. */
  problemOf(operation: Operation, status: number, headers: Record<string, unknown>, body: unknown): string | undefined {
    const response = operation.responses.get(status)
    if (!response) return `${status} is not documented`
    const missing = response.headers.find((name) => headers[name.toLowerCase()] === undefined)
    if (missing) return `the header ${missing} is missing`
    if (response.schema.length === 0) return undefined
    const validate = this.ajv.getSchema(`document#${response.schema.map(escaped).join('')}`)
    if (!validate) return `there is no schema at ${response.schema.join(' ')}`
    return validate(body) ? undefined : JSON.stringify(validate.errors)
  }

  private at(pointer: string[]): unknown {
    return pointer.reduce<unknown>((value, key) => (value as Schema | undefined)?.[key], this.json)
  }

  private operation(path: string, verb: string, operation: Schema): Operation {
    const body = operation['requestBody'] as
      | { required: boolean; content: { 'application/json': { schema: Schema } } }
      | undefined
    const responses = Object.entries(operation['responses'] as Record<string, Schema>).map(([status, written]) => {
      const ref = written['$ref']
      const place = typeof ref === 'string' ? pointerOf(ref) : ['paths', path, verb, 'responses', status]
      const response = this.at(place) as { headers?: Record<string, Schema>; content?: Schema }
      const headers = Object.entries(response.headers ?? {}).flatMap(([name, header]) =>
        this.resolve(header)['required'] ? [name] : []
      )
      const isJson = response.content?.['application/json'] !== undefined
      return [
        Number(status),
        { schema: isJson ? [...place, 'content', 'application/json', 'schema'] : [], headers }
      ] as const
    })
    return {
      operationId: String(operation['operationId']),
      method: verb.toUpperCase(),
      path,
      security: (operation['security'] ?? []) as Schema[],
      parameters: ((operation['parameters'] ?? []) as Schema[]).map(
        (parameter) => this.resolve(parameter) as unknown as Parameter
      ),
      ...(body && { body: { required: body.required, schema: body.content['application/json'].schema } }),
      responses: new Map(responses)
    }
  }

  /**
   * Values that a schema allows. `known` may say better ones for what a key holds: the id of something that is there
   * is worth more than any uuid.
   */
  values(
    schema: unknown,
    known: (key: string, format: string) => fc.Arbitrary<unknown> | undefined
  ): fc.Arbitrary<unknown> {
    const build = (written: unknown, key: string, depth: number): fc.Arbitrary<unknown> => {
      const part = this.resolve(written)
      if (Array.isArray(part['anyOf'])) {
        const options = part['anyOf'] as unknown[]
        return fc.oneof(...(depth > 4 ? options.slice(-1) : options).map((option) => build(option, key, depth)))
      }
      if ('const' in part) return fc.constant(part['const'])
      if (Array.isArray(part['enum'])) return fc.constantFrom(...(part['enum'] as unknown[]))
      switch (part['type']) {
        case 'null':
          return fc.constant(null)
        case 'boolean':
          return fc.boolean()
        case 'integer':
          return integers(part)
        case 'string':
          return known(key, String(part['format'])) ?? texts(part)
        case 'array':
          return fc.array(build(part['items'], key, depth + 1), {
            minLength: Number(part['minItems'] ?? 0),
            maxLength: Math.min(Number(part['maxItems'] ?? 3), 3)
          })
        case 'object':
          return objects(part, key, depth)
        default:
          return fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' })
      }
    }
    const objects = (part: Schema, key: string, depth: number): fc.Arbitrary<unknown> => {
      const properties = Object.entries((part['properties'] ?? {}) as Record<string, Schema>)
      const required = (part['required'] ?? []) as string[]
      // A schema may refer to itself, so the depth has a limit. A filter with few keys matches more than one with many.
      const kept = depth > 3 ? properties.filter(([name]) => required.includes(name)) : properties
      const open = part['additionalProperties'] === true
      if (properties.length === 0 || open) {
        return fc.dictionary(
          fc.constantFrom('a', 'inviteCode', 'spawnPoint', 'x y', 'é', '0', '+'),
          fc.jsonValue({ maxDepth: 2, stringUnit: 'grapheme' }),
          { maxKeys: 3 }
        )
      }
      const optional = kept.filter(([name]) => !required.includes(name)).map(([name]) => name)
      const least = Math.max(0, Number(part['minProperties'] ?? 0) - required.length)
      const most = Math.max(least, Math.min(3, optional.length))
      const chosen =
        optional.length === 0
          ? fc.constant<string[]>([])
          : fc.subarray(optional, { minLength: Math.min(least, optional.length), maxLength: most })
      return chosen.chain((names) =>
        fc.record(
          Object.fromEntries(
            kept
              .filter(([name]) => required.includes(name) || names.includes(name))
              .map(([name, property]) => [name, build(property, name.startsWith('$') ? key : name, depth + 1)])
          )
        )
      )
    }
    return build(schema, '', 0)
  }
}

const pointerOf = (ref: string) =>
  ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
const escaped = (part: string) => `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`

function integers(schema: Schema): fc.Arbitrary<number> {
  const min = Number(schema['minimum'] ?? -(2 ** 31) + 1)
  const max = Number(schema['maximum'] ?? 2 ** 31 - 1)
  return fc.oneof(fc.integer({ min, max }), fc.integer({ min: Math.max(min, 0), max: Math.min(max, 5) }))
}

const day = 86_400_000
const near = fc.integer({ min: -2 * day, max: 29 * day }).map((ms) => new Date(Date.now() + ms).toISOString())
const far = fc
  .date({ min: new Date('1970-01-02T00:00:00Z'), max: new Date('2100-12-30T00:00:00Z'), noInvalidDate: true })
  .chain((date) =>
    fc.constantFrom('Z', '+00:00', '-23:59', '+23:59', '+05:30').map(
      (zone) =>
        date
          .toISOString()
          .replace('Z', '')
          .replace(/\.\d+$/, '') + zone
    )
  )

function texts(schema: Schema): fc.Arbitrary<string> {
  const minLength = Number(schema['minLength'] ?? 0)
  const maxLength = Math.min(Number(schema['maxLength'] ?? 40), 300)
  switch (schema['format']) {
    case 'uuid':
      return fc.uuid({ version: [4, 7] })
    case 'date-time':
      return fc.oneof(near, far)
    case 'email':
    case 'address':
    case 'recipient':
      return fc.stringMatching(/^[a-z0-9]{1,10}@[a-z]{1,8}\.example\.com$/)
    case 'name':
      return fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }).filter(isName)
    case 'invite-code':
      return fc.stringMatching(/^[2-9A-Z]{1,12}$/)
    case 'passcode':
      return fc.stringMatching(/^[\w-]{1,32}$/)
    case 'password':
      return fc.stringMatching(/^[ -~]{8,32}$/)
    case 'typed-password':
      return fc.stringMatching(/^[ -~]{1,32}$/)
    default:
      if (typeof schema['pattern'] === 'string') return fc.stringMatching(new RegExp(schema['pattern']))
      return fc.oneof(
        fc.string({ unit: 'grapheme', minLength, maxLength }).filter((text) => text.length <= maxLength),
        fc.string({ minLength, maxLength })
      )
  }
}
