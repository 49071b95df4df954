// The entry point: starts the service, and stops it gracefully at a signal.
import { createApp } from './app.js'
import { loadConfig } from './config.js'
import { demonstrate } from './demo/demo.js'
import { listen } from './listen.js'

try {
  const config = loadConfig()
  const running = await createApp(config)
  const introduce = await demonstrate(running.app)
  const { stop, url } = await listen(running, config)
  // A rejected promise that no code handles must not end the service for all clients.
  process.on('unhandledRejection', (error) => running.app.get('logger').error({ err: error }, 'unhandled'))
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
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}
