// The configuration: read from config/ and the environment, and every problem told at once.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { generatedFiles } from '../src/commands/docs.js'
import { loadConfig } from '../src/config.js'
import { settingsOf } from '../src/schema/setting.js'
import { configSchema } from '../src/settings.js'

const secret = 'x'.repeat(32)

/** The problems that loading reports, in an environment with these variables. */
function problemsOf(environment: Record<string, string>, overrides = {}): string {
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value)
  try {
    loadConfig(overrides)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

function load(environment: Record<string, string>) {
  for (const [key, value] of Object.entries(environment)) vi.stubEnv(key, value)
  return loadConfig()
}

afterEach(() => vi.unstubAllEnvs())

describe('the configuration', () => {
  it('reads every documented environment variable', () => {
    const config = load({
      NODE_ENV: 'development',
      HOST: '0.0.0.0',
      PORT: '8080',
      PUBLIC_URL: 'https://invites.example.com/app',
      DATABASE_URL: 'postgres://user:password@db.example.com:5432/invites',
      DATA_DIRECTORY: '/var/lib/invites',
      DATABASE_POOL_SIZE: '20',
      AUTH_SECRET: secret,
      ADMIN_EMAIL: 'boss@example.com',
      ADMIN_PASSWORD: 'long enough',
      KEEP_ALIVE_SECONDS: '75',
      REGISTRATION: 'invite-only',
      GUESTS: 'off',
      TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.1',
      CORS_ORIGINS: 'https://a.example.com,http://localhost:5173',
      RATE_LIMIT_FACTOR: '0.5',
      RECIPIENT_DOMAINS: 'example.com,example.org',
      SMTP_URL: 'smtps://user:p%40ss@mail.example.com:465',
      SMTP_TLS: 'required',
      MAIL_FROM: 'Invites <invites@example.com>',
      MAIL_REPLY_TO: 'help@example.com',
      MAIL_FILE: '/tmp/mail.txt',
      DELIVERY_REPORT_SECRET: `whsec_${'x'.repeat(32)}`,
      PATCH_CAP: '50',
      DEMO: 'off',
      LOG_LEVEL: 'warn'
    })
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'https://invites.example.com/app',
      database: {
        url: 'postgres://user:password@db.example.com:5432/invites',
        directory: '/var/lib/invites',
        poolSize: 20
      },
      authentication: { secret },
      keepAliveSeconds: 75,
      admin: { email: 'boss@example.com', password: 'long enough' },
      registration: 'invite-only',
      guests: false,
      trustedProxies: ['10.0.0.0/8', '192.0.2.1'],
      corsOrigins: ['https://a.example.com', 'http://localhost:5173'],
      rateLimitFactor: 0.5,
      recipientDomains: ['example.com', 'example.org'],
      mail: {
        smtpUrl: 'smtps://user:p%40ss@mail.example.com:465',
        smtpTls: 'required',
        from: 'Invites <invites@example.com>',
        replyTo: 'help@example.com',
        dkimDomain: ''
      },
      mailFile: '/tmp/mail.txt',
      deliveryReportSecret: `whsec_${'x'.repeat(32)}`,
      patchCap: 50,
      demo: false,
      logLevel: 'warn',
      environment: 'development',
      production: false
    })
  })

  it('has the documented defaults, another set in production, and cannot be changed', () => {
    const development = load({ NODE_ENV: 'development' })
    expect(development).toMatchObject({
      host: '127.0.0.1',
      port: 3030,
      registration: 'open',
      guests: true,
      demo: true,
      rateLimitFactor: 1,
      patchCap: 1000,
      trustedProxies: [],
      corsOrigins: [],
      database: { url: '', directory: '.data' }
    })
    expect(Object.isFrozen(development)).toBe(true)
    const production = load({ NODE_ENV: 'production', AUTH_SECRET: secret })
    expect(production).toMatchObject({ production: true, guests: false, demo: false, registration: 'open' })
  })

  it('reads on and off, yes and no, true and false', () => {
    for (const word of ['on', 'yes', 'true', 'ON'])
      expect(load({ NODE_ENV: 'production', AUTH_SECRET: secret, GUESTS: word }).guests).toBe(true)
    for (const word of ['off', 'no', 'false', 'OFF'])
      expect(load({ NODE_ENV: 'development', GUESTS: word }).guests).toBe(false)
  })

  it('says of every setting with a name what a right value is', () => {
    for (const { env, type, path } of settingsOf(configSchema)) {
      if (env === undefined || type === 'string' || path.length === 0) continue
      vi.stubEnv(env, type === 'array' ? 'not one, \u0000' : 'neither')
      const line = problemsOf({ NODE_ENV: 'development' }).split('\n')[1] ?? ''
      expect(line).toMatch(new RegExp(`^  - ${env}: must be .+, for example .+`))
      vi.unstubAllEnvs()
    }
  })

  it('tells of a database URL that cannot be read, with a hint and without the password', () => {
    const problems = (url: string) => problemsOf({ NODE_ENV: 'development', DATABASE_URL: url })
    for (const url of [
      'postgres://ada:canary#1@db.example.com/invites',
      'postgres://ada:canary/1@db.example.com/invites',
      'postgres://ada:canary?1@db.example.com/invites',
      'postgres://ada:canary@db.example.com:port/invites',
      'postgres://ada:canary@db.example.com:99999/invites',
      'mysql://ada:canary@db.example.com/invites',
      'ada:canary@db.example.com/invites',
      'db.example.com'
    ]) {
      expect(problems(url)).toMatch(/^ {2}- DATABASE_URL: must be the URL of a Postgres, .*percent-encoded/m)
      expect(problems(url)).not.toContain('canary')
    }
    for (const url of [
      'postgres://db.example.com/invites',
      'postgresql://ada:canary%231@db.example.com:5433/invites?sslmode=disable',
      'postgres://ada@/invites?host=/var/run/postgresql',
      'postgres://ada@%2Fvar%2Frun%2Fpostgresql/invites'
    ]) {
      expect([url, problems(url)]).toEqual([url, ''])
    }
  })

  it('tells of settings of e-mail that contradict each other, and of no password', () => {
    const from = { MAIL_FROM: 'Invites <invites@example.com>' }
    const cases: [environment: Record<string, string>, problem: RegExp][] = [
      [{ SMTP_URL: 'smtp://user:pass@mail.example.com', ...from }, /^$/],
      [{ SMTP_URL: 'smtp://user:canary@mail.example.com' }, /^ {2}- MAIL_FROM: must be set/m],
      [{ SMTP_URL: 'smtp://user:canary#1@mail.example.com', ...from }, /^ {2}- SMTP_URL: must be .*percent-encoded/m],
      [{ SMTP_URL: 'canary', ...from }, /^ {2}- SMTP_URL: must be /m],
      [{ MAIL_FROM: 'a@example.com, b@example.com' }, /^ {2}- MAIL_FROM: must be one e-mail address/m],
      [{ MAIL_REPLY_TO: 'nobody' }, /^ {2}- MAIL_REPLY_TO: must be one e-mail address/m],
      [{ SMTP_TLS: 'never' }, /^ {2}- SMTP_TLS: must be auto or required or optional/m],
      [{ DKIM_DOMAIN: 'example.com' }, /^ {2}- DKIM_DOMAIN, DKIM_SELECTOR, DKIM_KEY_FILE: set all or none/m],
      [{ DKIM_KEY_FILE: '/canary' }, /^ {2}- DKIM_KEY_FILE: must be a file that this process can read/m],
      [{ DKIM_KEY_FILE: fileURLToPath(import.meta.url) }, /^ {2}- DKIM_KEY_FILE: .*with a private RSA key/m]
    ]
    for (const [environment, problem] of cases) {
      const said = problemsOf({ NODE_ENV: 'development', ...environment })
      expect([environment, said]).toEqual([environment, expect.stringMatching(problem)])
      expect(said).not.toContain('canary')
      vi.unstubAllEnvs()
    }
  })

  it('reports every problem at once', () => {
    const message = problemsOf({
      NODE_ENV: 'development',
      PORT: '70000',
      PUBLIC_URL: 'example.com',
      DATABASE_POOL_SIZE: 'many',
      REGISTRATION: 'closed',
      GUESTS: 'perhaps',
      CORS_ORIGINS: '*',
      RATE_LIMIT_FACTOR: '0',
      PATCH_CAP: '0',
      LOG_LEVEL: 'loud'
    })
    expect(message.split('\n').slice(1)).toEqual([
      '  - PORT: must be a whole number of 0–65535, for example 3030',
      '  - PUBLIC_URL: must be an http or https URL, for example https://invites.example.com',
      '  - DATABASE_POOL_SIZE: must be a whole number of 1–200, for example 10',
      '  - REGISTRATION: must be open or invite-only, for example open',
      '  - GUESTS: must be on or off, for example true',
      '  - CORS_ORIGINS: must be origins without a path, comma-separated, for example https://app.example.com',
      '  - RATE_LIMIT_FACTOR: must be a number above 0, for example 1',
      '  - PATCH_CAP: must be a whole number of 1–10000, for example 1000',
      '  - LOG_LEVEL: must be silent or fatal or error or warn or info or debug, for example info'
    ])
  })

  it('refuses production without a secret of 32 bytes, and a short one anywhere', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toContain('AUTH_SECRET')
    expect(problemsOf({ NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(31) })).toContain('AUTH_SECRET')
    expect(problemsOf({ NODE_ENV: 'development', AUTH_SECRET: 'short' })).toContain('AUTH_SECRET')
    // Bytes, not characters.
    expect(problemsOf({ NODE_ENV: 'production', AUTH_SECRET: 'é'.repeat(16) })).toBe('')
    expect(problemsOf({ NODE_ENV: 'production', AUTH_SECRET: secret })).toBe('')
  })

  it('never tells a secret in a problem', () => {
    const message = problemsOf({
      NODE_ENV: 'production',
      AUTH_SECRET: 'tooshort-canary',
      ADMIN_PASSWORD: 'canary-password',
      DATABASE_POOL_SIZE: '0'
    })
    expect(message).not.toContain('canary')
    expect(message).not.toBe('')
  })

  it('refuses what contradicts itself', () => {
    const inProduction = { NODE_ENV: 'production', AUTH_SECRET: secret }
    expect(problemsOf({ ...inProduction, MAIL_FILE: '/tmp/mail' })).toContain('MAIL_FILE')
    vi.unstubAllEnvs()
    expect(problemsOf({ ...inProduction, ADMIN_EMAIL: 'boss@example.com' })).toContain('ADMIN_EMAIL')
    vi.unstubAllEnvs()
    expect(problemsOf({ ...inProduction, ADMIN_EMAIL: 'boss@example.com', ADMIN_PASSWORD: 'short' })).toContain(
      'ADMIN_PASSWORD'
    )
  })

  it('stands in config/, and with the reasons in docs/ and the README, as `npm run docs` writes it', () => {
    const files = Object.entries(generatedFiles())
    expect(files.map(([path]) => path)).toContain('README.md')
    expect(files).toHaveLength(5)
    for (const [path, text] of files) {
      const written = readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
      expect(written, `run npm run docs: ${path} is not what it would write`).toBe(text)
    }
  })

  it('knows no other keys', () => {
    expect(problemsOf({ NODE_ENV: 'test' }, { colour: 'red' })).toContain('colour')
    expect(problemsOf({ NODE_ENV: 'test' }, { database: { host: 'x' } })).toContain('database')
  })
})
