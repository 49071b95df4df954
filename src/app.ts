// Puts the application together, in reading order: database, HTTP chain, services, sockets.
import { feathers } from '@feathersjs/feathers'
import { koa } from '@feathersjs/koa'
import cors from '@koa/cors'
import type { Knex } from 'knex'
import { registerAdmin } from './services/user/first-admin.js'
import { callerChanged, Callers } from './callers/callers.js'
import { secretFor } from './callers/secret.js'
import { AccessTokens } from './callers/tokens.js'
import type { Config } from './config.js'
import { migrate, openDatabase } from './database/database.js'
import type { Application, ServiceTypes, Settings } from './declarations.js'
import { deliveryWorker, mailboxFor, messageKinds } from './deliveries.js'
import { deliveryNumbers } from './delivery/numbers.js'
import { sweepOutbox } from './delivery/outbox.js'
import type { DeliveryWorker } from './delivery/worker.js'
import { health } from './pages/health.js'
import { metrics } from './telemetry/metrics.js'
import { guarded } from './realtime/guarded.js'
import { createLogger } from './telemetry/logger.js'
import { assetServer } from './pages/assets.js'
import { docs } from './pages/docs.js'
import { mailboxPages } from './pages/mailbox.js'
import { peoplePages } from './pages/people-pages.js'
import { rootPage } from './pages/root.js'
import { stopPage } from './pages/stop.js'
import { sweepIdempotencyKeys } from './limits/idempotency.js'
import { Quotas, sweepQuotas } from './limits/quotas.js'
import { RowLimits } from './limits/row-limit.js'
import { InFlight } from './limits/in-flight.js'
import { Gate } from './limits/overload.js'
import { sockets } from './realtime/realtime.js'
import { deliveryReport } from './rest/delivery-report.js'
import { errorHandler } from './rest/error-handler.js'
import { rest as restTransport } from './rest/rest.js'
import { securityHeaders } from './rest/security-headers.js'
import { knownPaths } from './rest/known-paths.js'
import { services } from './services/index.js'
import { sweepAccountTokens } from './services/user/account-tokens.js'
import { sweepGuests, sweepLogins } from './services/user/sweep-users.js'
import { sweepHistory } from './services/invite/rows/sweep-history.js'
import { sweepExpired } from './services/invite/limits/mark-expired.js'
import { Sweeper, type Sweep } from './sweeper.js'

export interface RunningApp {
  app: Application
  /** Begins to stop background work, while calls may still run. */
  rest: () => Promise<void>
  /** Stops background work, waits for running queries, and closes the database. */
  close: () => Promise<void>
}

/** Opens and migrates the database, and wires everything to it. Does not listen. */
export async function createApp(config: Config, logger = createLogger(config)): Promise<RunningApp> {
  const pageAssets = assetServer(config)
  const database = await openDatabase(config, logger)
  const { db, embedded } = database
  const migrated = await migrate(database)
  if (migrated.length > 0) logger.info({ migrated }, 'the schema is up to date')

  const app: Application = koa(feathers<ServiceTypes, Settings>())
  const secret = secretFor(config, embedded)
  const tokens = new AccessTokens(secret, config.authentication)
  const publicUrl = () => config.publicUrl || app.get('listeningAt')
  const kinds = messageKinds(config, { tokens, publicUrl })
  const numbers = metrics()
  const onOutcome = deliveryNumbers(numbers.registry, db, kinds)
  const mailbox = mailboxFor(config)
  const worker = deliveryWorker(config, { db, logger, kinds, onOutcome, mailbox })
  const sweeper = new Sweeper(logger, sweeps(db, worker))
  const inFlight = new InFlight(embedded ? 1 : config.database.poolSize)
  const callers = new Callers(db, tokens)
  database.listen(callerChanged, callers)
  // Koa would print the errors of connections, like a client that is gone before its answer, as plain text.
  app.on('error', (error: unknown) => logger.debug({ err: error }, 'connection'))
  app.set('config', config)
  app.set('db', db)
  app.set('logger', logger)
  app.set('tokens', tokens)
  app.set('callers', callers)
  app.set('inFlight', inFlight)
  app.set('gate', new Gate(inFlight, logger, numbers.observe))
  app.set('quotas', new Quotas(config, db, embedded))
  app.set('rowLimits', new RowLimits(config.rateLimitFactor))
  app.set('outbox', worker)
  app.set('mailbox', mailbox)
  app.set('publicUrl', publicUrl)
  app.set('listeningAt', `http://${config.host}:${config.port}`)

  // The chain of a request. Public pages come before services, and read no token.
  app.use(errorHandler(logger, numbers.observe))
  app.use(securityHeaders())
  // Before cors: no page of another origin reads these messages, whatever the configuration says.
  if (mailbox) app.use(mailboxPages(app, mailbox, pageAssets))
  app.use(
    cors({ origin: (ctx) => allowedOrigin(config, ctx.get('Origin')), credentials: false, maxAge: 600, exposeHeaders })
  )
  app.use(health(db, app))
  app.use(numbers.page)
  app.use(docs(app))
  app.use(rootPage(config))
  app.use(pageAssets.files)
  app.use(peoplePages(app, pageAssets))
  app.use(stopPage(app, pageAssets))
  app.use(deliveryReport(app, kinds))
  app.configure(restTransport)

  app.configure(knownPaths)
  app.hooks({ around: { all: [guarded] } })
  app.configure(sockets)
  app.configure(services)

  await registerAdmin({ db, logger, admin: config.admin })
  if (config.delivery.inProcess) worker.start()
  sweeper.start()
  let resting: Promise<unknown> | undefined
  const rest = () => (resting ??= Promise.all([worker.stop(), sweeper.stop()]))
  return {
    app,
    rest: async () => void (await rest()),
    close: async () => {
      await rest()
      await database.close()
    }
  }
}

/** The sweeps that run once a minute: each owner of a table gives its own. SECURITY.md lists what they bound. */
export const sweeps = (db: Knex, worker: DeliveryWorker): Sweep[] => [
  () => worker.dropOverdue(),
  ...[
    sweepExpired,
    sweepIdempotencyKeys,
    sweepQuotas,
    sweepOutbox,
    sweepHistory,
    sweepLogins,
    sweepGuests,
    sweepAccountTokens
  ].map((sweep) => () => sweep(db))
]

/** The headers of a reply that scripts of other origins may read. */
const exposeHeaders = ['X-Request-Id', 'Retry-After', 'Idempotency-Replayed', 'Allow']

const allowedOrigin = ({ corsOrigins }: Config, origin: string) => (corsOrigins.includes(origin) ? origin : '')
