// Sockets over a restart of the process: clients come back, sign in again, and hear what happens next, by themselves.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { kinds, listener } from './support/clients.js'
import { until } from './support/patience.js'
import { person } from './support/people.js'
import { startProcess } from './support/processes.js'
import { makeDatabase, onPostgres } from './support/server.js'

const directory = mkdtempSync(join(tmpdir(), 'invite-restart-'))
const database = onPostgres ? await makeDatabase() : undefined
const env: Record<string, string> = database
  ? { DATABASE_URL: database.url }
  : { DATABASE_URL: '', DATA_DIRECTORY: join(directory, 'data') }
let server = await startProcess(env)
const { url } = server
afterAll(async () => {
  await server.stop()
  await database?.drop()
  rmSync(directory, { recursive: true, force: true })
})

it.each(['stop', 'kill'] as const)('clients come back after a %s and a new start', async (ending) => {
  const ada = await person(server, 'Ada')
  const listeners = await Promise.all(kinds.map((kind) => listener(url, ada, kind)))
  const lost = listeners.map(({ socket }) => new Promise((resolve) => socket.once('disconnect', resolve)))
  await server[ending]()
  await Promise.all(lost)
  server = await startProcess({ ...env, PORT: new URL(url).port })
  expect(server.url).toBe(url)
  // The clients wait up to five seconds before they look again, so most of these calls come before their socket is back.
  for (const { client } of listeners) {
    expect(await client.service('user').get(ada.id)).toMatchObject({ id: ada.id })
  }
  const { id } = await ada.inviteAddress()
  for (const { heard } of listeners) await until(() => heard.some((invite) => invite.id === id), 'the event')
  for (const { close } of listeners) close()
})
