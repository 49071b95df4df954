// Makes an address count as verified, which no call of the service does by itself.
import type { Person } from './people.js'
import type { TestServer } from './server.js'

/** Another process would hear of it from the database, a moment later: this one is told at once. */
export async function verifyAddress(server: TestServer, ...people: Person[]): Promise<void> {
  const ids = people.map(({ id }) => id)
  await server.db('identity_providers').whereIn('userId', ids).update({ verified: true })
  for (const id of ids) server.app.get('callers').forget(id)
}
