// The configuration: where it is read from, and the rules that it must keep before anything starts.
import { fileURLToPath } from 'node:url'
import type { Static } from '@sinclair/typebox'
// Not the package's main entry: that reads its files once, at import, from the working directory, and keeps the result in
// a global object. The README of `config` names this one, but only for its types: so package.json pins the version.
import { Load } from 'config/lib/util.js'
import proxyAddress from 'proxy-addr'
import { isObject } from './schema/is-object.js'
import { readTexts, settingsOf } from './schema/setting.js'
import { spellerOf } from './schema/spelling.js'
import { codePoints, password } from './schema/text.js'
import { problemFinder } from './schema/validation.js'
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

const problemsOf = problemFinder(configSchema)
const spell = spellerOf(configSchema)

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
  } else if (config.admin.password && codePoints(password(config.admin.password)) < 8) {
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
  const raw: Record<string, unknown> = { ...load.scan() }
  readTexts(settingsOf(configSchema), raw)
  for (const [key, value] of Object.entries(overrides)) {
    const old = raw[key]
    raw[key] = isObject(old) && isObject(value) ? { ...old, ...value } : value
  }
  const production = environment === 'production'
  const config = spell(raw) as Settings
  const malformed = problemsOf(config).map(({ path, message }) => `${path}: ${message}`)
  const problems = malformed.length > 0 ? malformed : [...contradictions(config, production)]
  if (problems.length > 0) {
    throw new Error(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  }
  return Object.freeze({ ...config, publicUrl: config.publicUrl.replace(/\/+$/, ''), environment, production })
}
