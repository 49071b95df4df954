// The shape of the configuration, where it is read from, and what it must be before anything starts.
import { fileURLToPath } from 'node:url'
import { Type, type Static } from '@sinclair/typebox'
import { Value, type ValueError } from '@sinclair/typebox/value'
import { Load } from 'config/lib/util.js'
import proxyAddress from 'proxy-addr'

const closed = { additionalProperties: false }

/** Every setting, with what it means: the table in the README is tested against this. */
export const configSchema = Type.Object(
  {
    host: Type.String({ minLength: 1, description: 'The address to listen on.' }),
    port: Type.Integer({ minimum: 0, maximum: 65535, description: 'The port to listen on; 0 picks a free one.' }),
    publicUrl: Type.String({
      pattern: '^(https?://[^\\s/]+(/[^\\s]*)?)?$',
      description: 'The base of links in messages; by default the address listened on.'
    }),
    database: Type.Object(
      {
        url: Type.String({ description: 'A Postgres (12 or newer); empty is the embedded one.' }),
        directory: Type.String({
          minLength: 1,
          description: 'Where the embedded database and its AUTH_SECRET live; `memory:` keeps nothing.'
        }),
        poolSize: Type.Integer({ minimum: 1, maximum: 200, description: 'Connections to Postgres.' })
      },
      closed
    ),
    authentication: Type.Object(
      {
        secret: Type.String({ description: 'Signs access tokens; required in production, 32 bytes or more.' }),
        issuer: Type.String({ minLength: 1, description: '`iss` of access tokens.' }),
        audience: Type.String({ minLength: 1, description: '`aud` of access tokens.' }),
        lifetimeSeconds: Type.Integer({ minimum: 60, description: 'How long an access token is valid.' })
      },
      closed
    ),
    admin: Type.Object(
      {
        email: Type.String({ description: 'An administrator made at start, if this address has no account.' }),
        password: Type.String({ description: 'That administrator’s password, 8 characters or more.' })
      },
      closed
    ),
    registration: Type.Union([Type.Literal('open'), Type.Literal('invite-only')], {
      description: 'Who may make an account: `open` is everybody, `invite-only` who accepts an invite.'
    }),
    guests: Type.Boolean({ description: 'Whether guests may sign in.' }),
    trustedProxies: Type.Array(Type.String(), {
      description: 'Addresses or CIDR ranges whose X-Forwarded-For is believed, comma-separated.'
    }),
    corsOrigins: Type.Array(Type.String({ pattern: '^https?://[^/\\s]+$' }), {
      description: 'Origins of browsers that may call, over HTTP and websockets, comma-separated.'
    }),
    rateLimitFactor: Type.Number({
      exclusiveMinimum: 0,
      description: 'Multiplies every quota but wrong passcodes and the spacing of resends.'
    }),
    recipientDomains: Type.Array(Type.String({ pattern: '^[a-z0-9.-]+$' }), {
      description: 'Mail domains that may be invited, comma-separated; empty is all.'
    }),
    mailFile: Type.String({ description: 'Outside production: a file to which each message is appended.' }),
    patchCap: Type.Integer({ minimum: 1, maximum: 10000, description: 'Most invites one PATCH may change.' }),
    demo: Type.Boolean({
      description: 'Demo people and invites in an empty embedded database on a loopback host, never in production.'
    }),
    logLevel: Type.Union(
      ['silent', 'fatal', 'error', 'warn', 'info', 'debug'].map((level) => Type.Literal(level)),
      { description: 'The least severe log line to write.' }
    )
  },
  closed
)

export type Config = Static<typeof configSchema> & {
  readonly environment: string
  readonly production: boolean
}

/** Where config/ is, seen from src/ as well as from dist/src/. */
const configDirectory = fileURLToPath(
  new URL(import.meta.url.includes('/dist/src/') ? '../../config' : '../config', import.meta.url)
)

const lists = ['trustedProxies', 'corsOrigins', 'recipientDomains'] as const
const words: Record<string, boolean> = { on: true, yes: true, off: false, no: false }

/** Environment variables are text: reads lists at their commas, and `on` and `off` as booleans. */
function fromText(raw: Record<string, unknown>): Record<string, unknown> {
  const read = { ...raw }
  for (const key of lists) {
    const value = read[key]
    if (typeof value === 'string')
      read[key] = value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean)
  }
  for (const key of ['guests', 'demo']) {
    const value = read[key]
    if (typeof value === 'string') read[key] = words[value.toLowerCase()] ?? value
  }
  return read
}

/** A union's own message does not say what it is a union of. */
function reasonOf({ schema, message }: ValueError): string {
  const words: unknown = schema['anyOf']
  return Array.isArray(words) ? `must be one of ${words.map(({ const: word }) => word).join(', ')}` : message
}

function isProxy(text: string): boolean {
  try {
    proxyAddress.compile([text])
    return true
  } catch {
    return false
  }
}

/** What the schema cannot say: rules between settings, and what production demands. */
function* contradictions(config: Static<typeof configSchema>, production: boolean): Generator<string> {
  const { secret } = config.authentication
  if (production && Buffer.byteLength(secret) < 32) {
    yield 'authentication.secret (AUTH_SECRET): production needs one of 32 bytes or more'
  } else if (secret && Buffer.byteLength(secret) < 32) {
    yield 'authentication.secret (AUTH_SECRET): must have 32 bytes or more'
  }
  for (const proxy of config.trustedProxies) {
    if (!isProxy(proxy)) yield 'trustedProxies (TRUSTED_PROXIES): must be addresses or CIDR ranges, comma-separated'
  }
  if (production && config.mailFile)
    yield 'mailFile (MAIL_FILE): is for development; production must not write passcodes to a file'
  if (Boolean(config.admin.email) !== Boolean(config.admin.password)) {
    yield 'admin (ADMIN_EMAIL, ADMIN_PASSWORD): set both or neither'
  } else if (config.admin.password && config.admin.password.length < 8) {
    yield 'admin.password (ADMIN_PASSWORD): must have 8 characters or more'
  }
}

/**
 * Reads config/ and the environment, reports every problem at once, and freezes the result.
 * `overrides` are for tests and tools; they are merged over everything else, one level deep.
 */
export function loadConfig(overrides: Record<string, unknown> = {}): Config {
  const environment = process.env['NODE_ENV'] || 'development'
  const load = new Load({ configDir: configDirectory, nodeEnv: [environment], skipConfigSources: true })
  const raw = fromText({ ...load.scan() })
  for (const [key, value] of Object.entries(overrides)) {
    const old = raw[key]
    raw[key] = isRecord(old) && isRecord(value) ? { ...old, ...value } : value
  }
  const config = Value.Convert(configSchema, raw)
  const problems = [...Value.Errors(configSchema, config)].map(
    (error) => `${error.path.slice(1).replaceAll('/', '.')}: ${reasonOf(error)}`
  )
  const production = environment === 'production'
  if (Value.Check(configSchema, config)) problems.push(...contradictions(config, production))
  if (problems.length > 0 || !Value.Check(configSchema, config)) {
    throw new Error(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
  return Object.freeze({ ...config, publicUrl: config.publicUrl.replace(/\/+$/, ''), environment, production })
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
