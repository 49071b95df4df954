// A service that is made of the base class and says nothing more shows each caller their own rows.
import { randomUUID } from 'node:crypto'
import { feathers } from '@feathersjs/feathers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { Caller } from '../src/callers/caller.js'
import { RowService } from '../src/callers/row-service.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'

interface Row {
  id: string
  userId: string
  type: string
}

const server = await useServer()
const { db } = server
const [ada, bob] = (await Promise.all([person(server), person(server)])).map(({ id }) => id)
const as = (id: string | undefined, query = {}): { caller: Caller; query: object } => ({
  caller: { id: id ?? '', isGuest: false, scopes: [], addresses: [] },
  query
})
const columns = ['id', 'userId', 'type', 'createdAt']
const services = feathers<{ own: RowService<Row>; everybody: RowService<Row> }>()
services.use('own', new RowService<Row>({ db, table: 'scopes', columns }), {
  methods: ['find', 'get', 'create', 'patch', 'remove']
})
services.use('everybody', new RowService<Row>({ db, table: 'scopes', columns, rows: 'everybody' }))
const own = services.service('own')
const notFound = { code: 404 }

describe('a service over rows shows', () => {
  const [hers, his] = [randomUUID(), randomUUID()]
  const rows = () => db<Row>('scopes').whereIn('id', [hers, his]).orderBy('type').select('id', 'userId', 'type')
  let before: Row[]
  beforeEach(async () => {
    await db('scopes').whereIn('id', [hers, his]).delete()
    await db('scopes').insert([
      { id: hers, userId: ada, type: 'a:a' },
      { id: his, userId: bob, type: 'b:b' }
    ])
    before = await rows()
  })

  it('the caller’s own rows, whatever is asked', async () => {
    for (const query of [{}, { userId: bob }, { id: his }, { $or: [{ userId: bob }, { id: { $ne: null } }] }]) {
      const { data } = await own.find(as(ada, query))
      expect(data.filter(({ userId }) => userId !== ada)).toEqual([])
    }
    expect(await own.find(as(ada))).toMatchObject({ total: 1, data: [{ id: hers }] })
    expect(await own.get(hers, as(ada))).toMatchObject({ id: hers })
    await expect(own.get(his, as(ada))).rejects.toMatchObject(notFound)
  })

  it('no others to a patch or a removal', async () => {
    await expect(own.patch(his, { type: 'c:c' }, as(ada))).rejects.toMatchObject(notFound)
    await expect(own.remove(his, as(ada))).rejects.toMatchObject(notFound)
    // A client may send null for an id, and would mean all rows.
    await expect(own.patch(null as never, { type: 'c:c' }, as(ada))).rejects.toMatchObject(notFound)
    await expect(own.remove(null as never, as(ada))).rejects.toMatchObject(notFound)
    expect(await rows()).toEqual(before)
    expect(await own.patch(hers, { type: 'c:c' }, as(ada))).toMatchObject({ id: hers, type: 'c:c' })
    await own.remove(hers, as(ada))
    expect(await rows()).toEqual(before.filter(({ id }) => id === his))
  })

  it('a new row as the caller’s own, with an id of the server, whatever the body says', async () => {
    const made = await own.create({ id: hers, userId: bob, type: 'd:d' }, as(ada))
    expect(made).toMatchObject({ userId: ada, type: 'd:d' })
    expect(made.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/)
    expect(await db('scopes').where({ type: 'd:d' })).toMatchObject([{ id: made.id, userId: ada }])
    await db('scopes').where({ type: 'd:d' }).delete()
    await expect(own.create([{ userId: ada, type: 'd:d' }] as never, as(ada))).rejects.toMatchObject({ code: 400 })
    await expect(own.create({ userId: ada, type: 'd:d' }, {})).rejects.toMatchObject({ code: 401 })
    expect(await db('scopes').where({ type: 'd:d' })).toEqual([])
  })

  it('a patched row to its owner still, whatever the body says', async () => {
    expect(await own.patch(hers, { id: randomUUID(), userId: bob, type: 'c:c' }, as(ada))).toMatchObject({
      id: hers,
      userId: ada,
      type: 'c:c'
    })
    expect(await rows()).toMatchObject([
      { id: his, userId: bob },
      { id: hers, userId: ada }
    ])
  })

  it('nothing without a caller', async () => {
    await expect(own.find({})).rejects.toMatchObject({ code: 401 })
    await expect(own.get(hers, {})).rejects.toMatchObject({ code: 401 })
    await expect(own.patch(hers, { type: 'c:c' }, {})).rejects.toMatchObject({ code: 401 })
    await expect(own.remove(hers, {})).rejects.toMatchObject({ code: 401 })
    expect(await rows()).toEqual(before)
  })

  it('all rows where it says so', async () => {
    const made = await services.service('everybody').create({ id: his, userId: bob, type: 'd:d' }, {})
    expect(made).toMatchObject({ userId: bob, type: 'd:d' })
    expect(made.id).not.toBe(his)
    await db('scopes').where({ id: made.id }).delete()
    const page = await services.service('everybody').find({ query: { id: { $in: [hers, his] } } })
    expect(page.total).toBe(2)
  })
})
