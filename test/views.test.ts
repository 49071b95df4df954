// The view of an invite: no method can forget it, whatever its hooks are; a stored answer is a view, and is shown once.
import { feathers, type Params } from '@feathersjs/feathers'
import { koa } from '@feathersjs/koa'
import { channels } from '@feathersjs/transport-commons'
import { describe, expect, it } from 'vitest'
import type { Application, HookContext, ServiceTypes, Settings } from '../src/declarations.js'
import { idempotent } from '../src/hooks/idempotent.js'
import { showViews } from '../src/hooks/show-views.js'
import { authentication } from '../src/services/authentication/authentication.js'
import { invite } from '../src/services/invite/invite.js'
import { inviteKeys, type PopulatedInvite } from '../src/services/invite/invite.table.js'
import { inviteColumns, loginsFor, populate } from '../src/services/invite/rows/populate.js'
import { run } from '../src/database/statement.js'
import { person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'

const server = await useServer()
const { db } = server

/** The row as the services know it, with the logins of everybody: far more than its invitee may see. */
async function rowOf(id: string): Promise<PopulatedInvite> {
  const rows = await run<PopulatedInvite>(db, `select ${inviteColumns} from invites i where i.id = $1`, [id])
  const [row] = await populate(db, rows, loginsFor({ id: '', isGuest: false, scopes: ['admin:admin'], addresses: [] }))
  if (!row) throw new Error('there is no such invite')
  return row
}

/** Each value that the invitee may not see is null, and the keys are those of the document. */
function expectView(shown: unknown, inviter: Person) {
  const view = shown as Record<string, unknown> & { user: Record<string, unknown> }
  expect(Object.keys(view)).toEqual(inviteKeys)
  expect(view.user).toMatchObject({ id: inviter.id, inviteCode: null, lastLogin: null })
  expect(view['delivery']).toBeNull()
}

/** An application with the invite services alone, each with one more method that returns the row as it is. */
function withNewVerb(row: PopulatedInvite): Application {
  const app: Application = koa(feathers<ServiceTypes, Settings>())
  for (const name of ['config', 'db', 'logger', 'tokens', 'callers', 'quotas', 'outbox'] as const) {
    app.set(name, server.app.get(name))
  }
  const use = app.use.bind(app) as (path: string, service: object, options: { methods: string[] }) => Application
  const extended = (path: string, service: object, options: { methods: string[] }) =>
    use(path, Object.assign(service, { extra: async () => row }), {
      ...options,
      methods: [...options.methods, 'extra']
    })
  Object.assign(app, { use: extended })
  app.configure(channels())
  app.configure(authentication)
  app.configure(invite)
  return app
}

describe('the view', () => {
  it.each(['invite', 'invite/:inviteId/decline', 'invite/:inviteId/resend'] as const)(
    'is there for a new method of %s, which has no hooks of its own',
    async (path) => {
      const [inviter, invitee] = await Promise.all([person(server), person(server)])
      const { id } = await inviter.inviteToChannel(invitee)
      const row = await rowOf(id)
      expect(row.user.lastLogin).not.toBeNull()
      const service = withNewVerb(row).service(path) as unknown as {
        extra: (data: object, params: Params) => Promise<unknown>
      }
      const caller = await server.app.get('callers').byId(invitee.id)
      expectView(await service.extra({}, { caller }), inviter)
    }
  )

  it('is there for each method, and the events are of whole rows, each with the view of its listener', async () => {
    const [inviter, invitee] = await Promise.all([person(server), person(server)])
    const emitted: PopulatedInvite[] = []
    const listen = (row: PopulatedInvite) => void emitted.push(row)
    server.app.service('invite').on('patched', listen)
    const socket = await SocketClient.open(server, invitee.token)
    const heard: unknown[] = []
    socket.socket.on('invite patched', (view: unknown) => heard.push(view))

    const { id } = await inviter.inviteToChannel(invitee)
    const { body: list } = await invitee.call('GET', '/invite')
    expectView(list.data[0], inviter)
    expectView(await invitee.must('GET', `/invite/${id}`), inviter)
    const [patched] = (await inviter.patch({ id }, { spawnType: 'spectate' })).body
    expect(Object.keys(patched)).toEqual(inviteKeys)
    expect(Object.keys(await inviter.must('PATCH', `/invite/${id}`, { deleteOnUse: true }))).toEqual(inviteKeys)
    await db('invites').where({ id }).update({ resentAt: null, createdAt: '2026-01-01', updatedAt: '2026-01-01' })
    expect(Object.keys(await inviter.must('POST', `/invite/${id}/resend`, {}))).toEqual(inviteKeys)
    expectView(await invitee.must('POST', `/invite/${id}/decline`, {}), inviter)
    const { id: other } = await inviter.inviteToChannel(invitee)
    expectView((await invitee.accept(other)).body.invite, inviter)
    const { id: last } = await inviter.inviteToChannel(invitee)
    expectView(await invitee.must('DELETE', `/invite/${last}`), inviter)

    server.app.service('invite').off('patched', listen)
    expect(emitted.length).toBeGreaterThanOrEqual(5)
    for (const row of emitted) expect(row).toMatchObject({ recipient: 'user', addresseeId: null })
    await expect.poll(() => heard.length).toBeGreaterThanOrEqual(5)
    for (const view of heard) expectView(view, inviter)
    socket.close()
  })

  it('is what is stored for a repetition, and a replay is not shown again', async () => {
    const caller = await server.app.get('callers').byId((await person(server)).id)
    const app: Application = koa(feathers<ServiceTypes, Settings>())
    app.set('db', db)
    app.set('config', server.config)
    let shown = 0
    const view = ({ name }: { name: string }, _context: HookContext) => ({ name, shown: (shown += 1) })
    const row = { name: 'a row', hidden: 'a hash', code: 'a secret' }
    const service = {
      create: async (_data: object, { keepAnswer }: Params) => {
        await keepAnswer?.(db, row)
        return row
      }
    }
    app.use('row' as never, service as never)
    const rows = app.service('row' as never) as unknown as {
      hooks: (table: object) => void
      create: (data: object, params: object) => Promise<object>
    }
    rows.hooks({ around: { all: [showViews(view)], create: [idempotent({ secrets: ['code'] })] } })
    const create = () => rows.create({}, { caller, provider: 'rest', headers: { 'idempotency-key': 'a row' } })
    expect(await create()).toEqual({ name: 'a row', shown: 2 })
    const stored = await db('idempotency_keys').where({ path: 'row' }).first()
    expect(stored.answer).toEqual({ name: 'a row', shown: 1 })
    expect(await create()).toEqual(stored.answer)
    expect(shown).toBe(2)
  })
})
