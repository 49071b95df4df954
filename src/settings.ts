// Every setting of the service, each in one entry.
import { Type, type StringOptions } from '@sinclair/typebox'
import { closed, oneOf } from './schema/formats.js'
import { mailSettings } from './schema/mail-settings.js'
import { brandSettings, pageSettings } from './schema/page-settings.js'
import { setting } from './schema/setting.js'
import { deliveryReportSecret, smsSettings } from './schema/webhook-settings.js'
import { locales } from './words/catalogues.js'

const text = (options: StringOptions = {}) => Type.String(options)
const whole = (minimum: number, maximum?: number) => Type.Integer({ minimum, ...(maximum && { maximum }) })
const list = (item: StringOptions = {}) => Type.Array(Type.String(item))
const levels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug']

/**
 * From here `npm run docs` writes config/default.json, config/production.json, config/custom-environment-variables.json
 * and the table in the README.
 */
export const configSchema = Type.Object(
  {
    host: setting(text({ minLength: 1 }), {
      env: 'HOST',
      form: 'an address or a host name',
      default: '127.0.0.1',
      production: '0.0.0.0',
      about: 'The address to listen on.'
    }),
    port: setting(whole(0, 65535), { env: 'PORT', default: 3030, about: 'The port to listen on; 0 picks a free one.' }),
    publicUrl: setting(text({ pattern: '^(https?://[^\\s/?#@]+(/[^\\s?#]*)?)?$' }), {
      env: 'PUBLIC_URL',
      form: 'an http or https URL',
      example: 'https://invites.example.com',
      default: '',
      about: 'The base of links in messages; by default the address listened on.'
    }),
    keepAliveSeconds: setting(whole(1, 7200), {
      env: 'KEEP_ALIVE_SECONDS',
      default: 65,
      about: 'How long an idle connection is kept; must be longer than the proxy in front keeps it.'
    }),
    database: Type.Object(
      {
        url: setting(text(), {
          env: 'DATABASE_URL',
          default: '',
          about: 'A Postgres (12 or newer); empty is the embedded one.'
        }),
        directory: setting(text({ minLength: 1 }), {
          env: 'DATA_DIRECTORY',
          default: '.data',
          about: 'Where the embedded database and its AUTH_SECRET live; `memory:` keeps nothing.'
        }),
        poolSize: setting(whole(1, 200), { env: 'DATABASE_POOL_SIZE', default: 10, about: 'Connections to Postgres.' })
      },
      closed
    ),
    authentication: Type.Object(
      {
        secret: setting(text(), {
          env: 'AUTH_SECRET',
          default: '',
          about: 'Signs access tokens; required in production, 32 bytes or more.'
        }),
        issuer: setting(text({ minLength: 1 }), { default: 'invite-service', about: '`iss` of access tokens.' }),
        audience: setting(text({ minLength: 1 }), { default: 'invite-service', about: '`aud` of access tokens.' }),
        lifetimeSeconds: setting(whole(1), { default: 86400, about: 'How long an access token is valid.' })
      },
      closed
    ),
    admin: Type.Object(
      {
        email: setting(text(), {
          env: 'ADMIN_EMAIL',
          default: '',
          about: 'An administrator made at start, if this address has no account.'
        }),
        password: setting(text(), {
          env: 'ADMIN_PASSWORD',
          default: '',
          about: 'That administrator’s password, 8 characters or more.'
        })
      },
      closed
    ),
    registration: setting(oneOf(['open', 'invite-only']), {
      env: 'REGISTRATION',
      default: 'open',
      about: '`open`: everybody may make an account; `invite-only`: people who accept an invite.'
    }),
    guests: setting(Type.Boolean(), {
      env: 'GUESTS',
      default: true,
      production: false,
      about: 'Whether guests may sign in.'
    }),
    trustedProxies: setting(list(), {
      env: 'TRUSTED_PROXIES',
      default: [],
      about: 'Addresses or CIDR ranges whose X-Forwarded-For is believed, comma-separated.'
    }),
    corsOrigins: setting(list({ pattern: '^https?://[^/\\s]+$' }), {
      env: 'CORS_ORIGINS',
      form: 'origins without a path, comma-separated',
      example: 'https://app.example.com',
      default: [],
      about: 'Origins of browsers that may call, over HTTP and websockets, comma-separated.'
    }),
    rateLimitFactor: setting(Type.Number({ exclusiveMinimum: 0 }), {
      env: 'RATE_LIMIT_FACTOR',
      default: 1,
      about: 'Multiplies every quota but wrong passcodes and the spacing of resends.'
    }),
    sms: smsSettings,
    defaultLocale: setting(text({ format: 'locale' }), {
      env: 'DEFAULT_LOCALE',
      form: `one of ${locales.join(', ')}`,
      default: 'en',
      about: 'The language of messages and pages, where no other is known: a file of `config/words/`.'
    }),
    timeZone: setting(text({ format: 'time-zone' }), {
      env: 'TIME_ZONE',
      form: 'a time zone',
      example: 'Europe/Berlin',
      default: 'UTC',
      about: 'The time zone of the times in messages, by its IANA name.'
    }),
    recipientDomains: setting(list({ format: 'domain' }), {
      env: 'RECIPIENT_DOMAINS',
      form: 'mail domains in lower case, comma-separated',
      example: 'example.com,example.org',
      default: [],
      about: 'Mail domains that may be invited, comma-separated; empty is all.'
    }),
    mail: mailSettings,
    mailFile: setting(text(), {
      env: 'MAIL_FILE',
      default: '',
      about: 'Outside production: a file to which each message is appended, of whatever medium, in place of sending it.'
    }),
    deliveryReportSecret,
    delivery: Type.Object(
      {
        inProcess: setting(Type.Boolean(), {
          env: 'DELIVERY_IN_PROCESS',
          default: true,
          about: 'Whether the service itself sends messages; `off` where `npm run worker` does.'
        }),
        concurrency: setting(whole(1, 1000), {
          env: 'DELIVERY_CONCURRENCY',
          default: 10,
          about: 'Most messages of each medium that one process sends at once.'
        })
      },
      closed
    ),
    pages: pageSettings,
    brand: brandSettings,
    patchCap: setting(whole(1, 10000), {
      env: 'PATCH_CAP',
      default: 1000,
      about: 'Most invites one PATCH may change, or one DELETE revoke.'
    }),
    demo: setting(Type.Boolean(), {
      env: 'DEMO',
      default: true,
      production: false,
      about:
        'Demo people and invites in an empty embedded database on a loopback host, never in production, never where messages would leave this machine.'
    }),
    logLevel: setting(oneOf(levels), {
      env: 'LOG_LEVEL',
      default: 'info',
      about: 'The least severe log line to write.'
    })
  },
  closed
)
