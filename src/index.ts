// The entry point: starts the service, and stops it gracefully at a signal.
import { createApp, type RunningApp } from './app.js'
import { loadConfig, type Config } from './config.js'
import { demonstrate } from './demo/demo.js'
import { listen } from './listen.js'
import { fail, isProduction, logWhatNodePrints, untilSignal } from './process.js'
import { createLogger } from './telemetry/logger.js'

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
  logWhatNodePrints(logger)
  if (isProduction && !config.publicUrl) {
    logger.warn('PUBLIC_URL is not set: links in messages lead to the address listened on')
  }
  const running = await createApp(config, logger)
  if (isProduction && !running.app.get('outbox').carries('email')) {
    logger.warn(
      'NO CARRIER FOR E-MAIL: invites to e-mail addresses are made, and none is sent; set SMTP_URL and MAIL_FROM, for example SMTP_URL=smtps://user:password@mail.example.com and MAIL_FROM=invites@example.com'
    )
  }
  const introduce = await demonstrate(running.app)
  const { stop, url } = await listenOrSay(running, config)
  untilSignal(logger, stop)
  if (introduce) console.log(await introduce(url))
}

await start().catch(fail)
