// The configuration: where it is read from, and the rules that it must keep before anything starts.
import { fileURLToPath } from 'node:url'
import type { Static } from '@sinclair/typebox'
// Not the package's main entry: that reads its files once, at import, from the working directory, and keeps the result in
// a global object. The README of `config` names this one, but only for its types: so package.json pins the version.
import { Load } from 'config/lib/util.js'
import pg from 'pg'
import proxyAddress from 'proxy-addr'
import { isLoopback } from './schema/is-loopback.js'
import { isObject } from './schema/is-object.js'
import { ownSegments, prefixOf } from './schema/path-prefix.js'
import { mailProblems } from './schema/mail-settings.js'
import { pageProblems } from './schema/page-settings.js'
import { complaintOf, readTexts, settingsOf } from './schema/setting.js'
import { spellerOf } from './schema/spelling.js'
import { codePoints, password } from './schema/text.js'
import { problemFinder } from './schema/validation.js'
import { smsProblems } from './schema/webhook-settings.js'
import { configSchema } from './settings.js'

type Settings = Static<typeof configSchema>

export type Config = Settings & {
  readonly environment: string
  readonly production: boolean
}

/** The directory config/, found from src/ as well as from dist/src/. */
const configDirectory = fileURLToPath(
  new URL(import.meta.url.includes('/dist/src/') ? '../../config' : '../config', import.meta.url)
)

const settings = settingsOf(configSchema)
const findProblems = problemFinder(configSchema)
const spell = spellerOf(configSchema)

/** Each wrong value, once, by the name of its setting. A value never stands in it: it may be a secret. */
function malformedIn(raw: unknown): string[] {
  const problems = findProblems(raw).map(({ path, message }) => {
    const wrong = settings.find((setting) => `${path}.`.startsWith(`${setting.path.join('.')}.`))
    return wrong ? complaintOf(wrong, message) : `${path}: ${message}`
  })
  return [...new Set(problems)]
}

/** Whether the driver can read it: `#`, `/`, `?` and `@` in a password often make another URL of it, or none. */
function isPostgresUrl(text: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(text)) return false
  try {
    return new pg.Client({ connectionString: text }).host !== ''
  } catch (error) {
    // A certificate that cannot be read is not the URL's fault, and is told when the database is opened.
    return !(error instanceof URIError || (error as NodeJS.ErrnoException).code === 'ERR_INVALID_URL')
  }
}

/** Whether a readable URL leads to a Postgres of this machine, by a name, an address or a socket. */
export function isOfThisMachine(url: string): boolean {
  const { host } = new pg.Client({ connectionString: url })
  return isLoopback(host) || host.startsWith('/')
}

function isProxy(text: string): boolean {
  try {
    proxyAddress.compile([text])
    return true
  } catch {
    return false
  }
}

/** Yields the problems that the schema cannot find: contradictions between settings, and the demands of production. */
function* contradictions(config: Settings, production: boolean): Generator<string> {
  const { secret } = config.authentication
  const isShort = Buffer.byteLength(secret) < 32
  if (isShort && (production || secret)) {
    yield `AUTH_SECRET: must have 32 bytes or more${production ? ' in production' : ''}, for example what openssl rand -base64 48 prints`
  }
  if (config.database.url && !isPostgresUrl(config.database.url)) {
    yield 'DATABASE_URL: must be the URL of a Postgres, with special characters of the password percent-encoded (# is %23, / is %2F, ? is %3F, @ is %40), for example postgres://user:password@db.example.com:5432/invites'
  }
  const [first = ''] = prefixOf(config.publicUrl)
  if (ownSegments.includes(first)) {
    yield `PUBLIC_URL: its path must not begin with /${first}, a path of the service itself: choose another, for example https://example.com/invites-service`
  }
  if (!config.trustedProxies.every(isProxy)) {
    yield 'TRUSTED_PROXIES: must be addresses or CIDR ranges, comma-separated, for example 10.0.0.0/8,192.0.2.1'
  }
  if (!config.delivery.inProcess && !config.database.url) {
    yield 'DELIVERY_IN_PROCESS: must be on with the embedded database, which one process alone owns: unset it, or set DATABASE_URL'
  }
  yield* smsProblems(config.sms)
  yield* mailProblems(config.mail)
  yield* pageProblems(config.pages, config.brand)
  if (production && config.mailFile) {
    yield 'MAIL_FILE: is for development; production must not write passcodes to a file: unset it'
  }
  if (Boolean(config.admin.email) !== Boolean(config.admin.password)) {
    yield 'ADMIN_EMAIL, ADMIN_PASSWORD: set both or neither, for example ADMIN_EMAIL=admin@example.com'
  } else if (config.admin.password && codePoints(password(config.admin.password)) < 8) {
    yield 'ADMIN_PASSWORD: must have 8 characters or more'
  }
}

/** The directory with the files of the configuration; operators and tests may have their own. */
const directoryOf = ({ NODE_CONFIG_DIR: own }: NodeJS.ProcessEnv) => own || configDirectory

/** `production`, `development` or `test`. */
export const environmentOf = ({ NODE_ENV: name }: NodeJS.ProcessEnv) => name || 'development'

/**
 * Reads config/ and the environment, reports every problem at once, and freezes the result.
 * `overrides` are for tests and tools; they are merged over everything else, one level deep.
 */
export function loadConfig(overrides: Record<string, unknown> = {}): Config {
  const environment = environmentOf(process.env)
  const load = new Load({ configDir: directoryOf(process.env), nodeEnv: [environment], skipConfigSources: true })
  const raw: Record<string, unknown> = { ...load.scan() }
  readTexts(settings, raw)
  for (const [key, value] of Object.entries(overrides)) {
    const old = raw[key]
    raw[key] = isObject(old) && isObject(value) ? { ...old, ...value } : value
  }
  const production = environment === 'production'
  const config = spell(raw) as Settings
  const malformed = malformedIn(config)
  const problems = malformed.length > 0 ? malformed : [...contradictions(config, production)]
  if (problems.length > 0) {
    throw new Error(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
  return Object.freeze({ ...config, publicUrl: config.publicUrl.replace(/\/+$/, ''), environment, production })
}

/** Migrations sign no tokens: their commands need no AUTH_SECRET, in production either. */
export const loadForMigrations = (): Config =>
  loadConfig({ authentication: { secret: 'nothing is signed with this, whatever it is' } })
