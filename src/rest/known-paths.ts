// Feathers' router looks segments up in plain objects, and so finds `constructor`, which is no service.
import type { Application } from '../declarations.js'

/** Makes app.lookup find services only. REST and sockets both use it. */
export function knownPaths(app: Application): void {
  const lookup = app.lookup.bind(app)
  app.lookup = (path: string) => {
    const found = typeof path === 'string' && !inherits(path) ? lookup(path) : null
    return found?.service ? found : (null as never)
  }
}

const inherits = (path: string) => path.split('/').some((segment) => segment in Object.prototype)
