// The entry point: starts the service, and stops it gracefully at a signal.
import { createApp, type RunningApp } from './app.js'
import { environmentOf, loadConfig, type Config } from './config.js'
import { demonstrate } from './demo/demo.js'
import { listen } from './listen.js'
import { createLastLogger, createLogger } from './telemetry/logger.js'

const isProduction = environmentOf(process.env) === 'production'

/** Ends the process with one line. In production, everything that the process writes is JSON. */
function fail(error: unknown): never {
  const sentence = error instanceof Error ? error.message : String(error)
  // An error of the database, or a fault of the program: its message may repeat values, and its stack says more.
  const isForeign = !(error instanceof Error) || error.name !== 'Error' || 'code' in error
  if (!isProduction) console.error(sentence)
  else if (isForeign) createLastLogger().fatal({ err: error }, 'the service ends')
  else createLastLogger().fatal(sentence)
  process.exit(1)
}

/** Says which setting to change when the address cannot be listened on. */
async function listenOrSay(running: RunningApp, config: Config) {
  try {
    return await listen(running, config)
  } catch (error) {
    const { host, port } = config
    const sentences: Record<string, string> = {
      EADDRINUSE: `PORT: ${port} is in use by another process: stop that one, or set another PORT, for example ${port === 3030 ? 3031 : 3030}`,
      EACCES: `PORT: ${port} may not be listened on by this user: set a PORT above 1023, for example 3030`,
      EADDRNOTAVAIL: `HOST: ${host} is no address of this machine: set another HOST, for example 127.0.0.1`,
      ENOTFOUND: `HOST: ${host} is not known: set another HOST, for example 127.0.0.1`
    }
    const sentence = sentences[(error as NodeJS.ErrnoException).code ?? '']
    throw sentence === undefined ? error : new Error(sentence, { cause: error })
  }
}

async function start() {
  const config = loadConfig()
  const logger = createLogger(config)
  if (isProduction) {
    // Node would print these as plain text.
    process.removeAllListeners('warning')
    process.on('warning', (warning) => logger.warn({ err: warning }, 'a warning of Node'))
    process.on('uncaughtException', fail)
    if (!config.publicUrl) logger.warn('PUBLIC_URL is not set: links in messages lead to the address listened on')
  }
  const running = await createApp(config, logger)
  const introduce = await demonstrate(running.app)
  const { stop, url } = await listenOrSay(running, config)
  // A rejected promise that no code handles must not end the service for all clients.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled'))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Under npm one Ctrl-C arrives twice: from the terminal and from npm. The second signal must not cut off the calls
    // that the first one lets finish. `close-with-grace` exits at a second signal, so it is not used here.
    process.on(signal, () => {
      void stop().then(
        () => process.exit(0),
        () => process.exit(1)
      )
    })
  }
  if (introduce) console.log(await introduce(url))
}

await start().catch(fail)
