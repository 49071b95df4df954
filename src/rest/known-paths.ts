// Feathers' router looks segments up in plain objects, and so finds `constructor`, which is no service.
import type { Application } from '../declarations.js'
import { refuse } from '../errors.js'
import { nearest } from '../schema/suggest.js'

/** Makes app.lookup find services only. REST and sockets both use it. */
export function knownPaths(app: Application): void {
  const lookup = app.lookup.bind(app)
  app.lookup = (path: string) => {
    const found = typeof path === 'string' && !inherits(path) ? lookup(path) : null
    return found?.service ? found : (null as never)
  }
}

const inherits = (path: string) => path.split('/').some((segment) => segment in Object.prototype)

/** 404 for a path without a service. It names the service with the nearest name, if there is one. */
export function noSuchPath(app: Application, path: string) {
  const wanted = path.split('/').find(Boolean) ?? ''
  const names = new Set(Object.keys(app.services).map((name) => name.split('/')[0] ?? ''))
  const near = nearest(
    wanted,
    [...names].map((name) => [name])
  )
  // A service with that very name exists: it has no such method, or no rows of its own.
  const known = near !== undefined && near !== wanted
  return refuse('no-such-path', { values: { path: known ? `/${near}` : '/openapi.json, which lists all paths' } })
}
