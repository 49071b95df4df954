// A process, of the service or of the worker: its last line when it fails, and its end at a signal.
import type { Logger } from 'pino'
import { environmentOf } from './config.js'
import { createLastLogger } from './telemetry/logger.js'

export const isProduction = environmentOf(process.env) === 'production'

/** Ends the process with one line. In production, everything that the process writes is JSON. */
export function fail(error: unknown): never {
  const sentence = error instanceof Error ? error.message : String(error)
  // An error of the database, or a fault of the program: its message may repeat values, and its stack says more.
  const isForeign = !(error instanceof Error) || error.name !== 'Error' || 'code' in error
  if (!isProduction) console.error(sentence)
  else if (isForeign) createLastLogger().fatal({ err: error }, 'the process ends')
  else createLastLogger().fatal(sentence)
  process.exit(1)
}

/** In production, Node would print warnings and the error that ends the process as plain text. */
export function logWhatNodePrints(logger: Logger): void {
  if (!isProduction) return
  process.removeAllListeners('warning')
  process.on('warning', (warning) => logger.warn({ err: warning }, 'a warning of Node'))
  process.on('uncaughtException', fail)
}

/** Runs until a signal ends it: `stop` runs at the first one. */
export function untilSignal(logger: Logger, stop: () => Promise<void>): void {
  // A rejected promise that no code handles must not end the service for all clients.
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled'))
  let stopping: Promise<void> | undefined
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // Under npm one Ctrl-C arrives twice: from the terminal and from npm. The second signal must not cut off the calls
    // that the first one lets finish. `close-with-grace` exits at a second signal, so it is not used here.
    process.on(signal, () => {
      stopping ??= stop().then(
        () => process.exit(0),
        () => process.exit(1)
      )
    })
  }
}
