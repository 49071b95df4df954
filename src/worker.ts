// The entry point of a worker: a process that sends messages for services on the same Postgres, and takes no calls.
import { secretFor } from './callers/secret.js'
import { AccessTokens } from './callers/tokens.js'
import { loadConfig, type Config } from './config.js'
import { migrate, openDatabase } from './database/database.js'
import { deliveryWorker, messageKinds } from './deliveries.js'
import { fail, logWhatNodePrints, untilSignal } from './process.js'
import { createLogger } from './telemetry/logger.js'

/** Longer than a carrier may take. An orchestrator that kills the worker earlier may make it send a message twice. */
const stopMs = 60_000

/** Throws a sentence about the first setting that a worker needs and does not have. */
function requireSettings({ database, publicUrl, authentication }: Config): void {
  if (!database.url) {
    throw new Error(
      'DATABASE_URL: a worker needs the Postgres of the service, because one process alone owns the embedded database: set it, or let the service send its messages itself'
    )
  }
  if (!publicUrl) {
    throw new Error(
      'PUBLIC_URL: a worker does not listen, so it cannot know where links lead: set it as the service has it, for example https://invites.example.com'
    )
  }
  // The passcodes in links are made with this secret. With another one, each message looks outdated, and is dropped.
  if (!authentication.secret) throw new Error('AUTH_SECRET: a worker needs the secret of the service: set it')
}

async function start() {
  const config = loadConfig()
  requireSettings(config)
  const logger = createLogger(config)
  logWhatNodePrints(logger)
  const database = await openDatabase(config, logger)
  // As a service does: one of the processes that start migrates, the others wait for it.
  const migrated = await migrate(database)
  if (migrated.length > 0) logger.info({ migrated }, 'the schema is up to date')
  const tokens = new AccessTokens(secretFor(config, database.embedded), config.authentication)
  const kinds = messageKinds(config, { tokens, publicUrl: () => config.publicUrl })
  const worker = deliveryWorker(config, { db: database.db, logger, kinds })
  if (!worker.carries('email') && !worker.carries('sms')) {
    throw new Error('No carrier is set, so this worker has no work: set a carrier as the service has it')
  }
  // Idle connections are closed, and then nothing else keeps the process.
  const keeper = setInterval(() => {}, 2 ** 30)
  untilSignal(logger, async () => {
    logger.info('stopping')
    await worker.stop(stopMs)
    await database.close()
    clearInterval(keeper)
    logger.info('stopped')
    await new Promise<void>((resolve) => logger.flush(() => resolve()))
  })
  worker.start()
  logger.info({ concurrency: config.delivery.concurrency }, 'sending messages')
}

await start().catch(fail)
