// PATCH /invite?filter=…: which rows a filter selects, however it is written, and which filters are refused.
import { describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { allWays, brackets, bulkPatch, encoded, everyWay as callEveryWay, exploded } from './support/notations.js'
import { admin, call, newAddress, person, type Person, type Reply } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const patchCap = 5
const server = await useServer({ patchCap })
/** A value that every row here has already, so that no call changes which rows the next one matches. */
const harmless = { makeAdmin: false }
const patchQuery = (who: Person, query: string, body: unknown = harmless) =>
  who.call('PATCH', '/invite', { query, body })

/** A harmless patch, in each notation. */
const everyWay = (who: Person, filter: object) => callEveryWay(who, bulkPatch(harmless), filter)

const ids = (reply: Reply<Invite[]>) => {
  expect(reply.text).toMatch(/^\[/)
  return reply.body.map(({ id }) => id)
}
const sorted = (invites: { id: string }[]) => invites.map(({ id }) => id).sort()

const stampOf = async (id: string): Promise<string> => (await server.db('invites').where({ id }).first())?.updatedAt
const historyLength = (inviteId: string) =>
  server
    .db('invite_history')
    .where({ inviteId, action: 'patched' })
    .then((rows) => rows.length)

/** Somebody with four invites that differ in every kind of value. */
async function collector() {
  const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
  const [byMail, toBob, link, timed] = await Promise.all([
    ada.inviteAddress({ spawnDetails: { inviteCode: '7', deep: { list: [1, 2, 3], flag: true } } }),
    ada.invite({ inviteType: 'friend', inviteeId: bob.id, deleteOnUse: true }),
    ada.bearerLink({ maxUses: 3, spawnType: 'spawnPoint' }),
    ada.inviteAddress({ timed: true, startTime: '2031-01-01T00:00:00Z', endTime: '2031-06-01T12:00:00.5+02:00' })
  ])
  return { ada, bob, byMail, toBob, link, timed }
}

describe('four encodings', () => {
  it('select the same rows for every kind of condition', async () => {
    const { ada, bob, byMail, toBob, link, timed } = await collector()
    const cases: [object, { id: string }[]][] = [
      [{ inviteType: 'friend', user: { name: 'Ada' } }, [byMail, toBob, timed]],
      [{ deleteOnUse: true }, [toBob]],
      [{ maxUses: 3 }, [link]],
      [{ uses: { $lt: 1 }, maxUses: { $gte: 2, $lte: 3 } }, [link]],
      [{ token: null }, [toBob, link]],
      [{ inviteeId: bob.id }, [toBob]],
      [{ invitee: { name: 'Bob' } }, [toBob]],
      [{ invitee: null }, [byMail, link, timed]],
      [{ spawnType: { $in: ['spawnPoint', null] }, timed: false }, [byMail, toBob, link]],
      [{ endTime: '2031-06-01T10:00:00.500Z' }, [timed]],
      [{ spawnDetails: { inviteCode: '7' } }, [byMail]],
      [{ $or: [{ maxUses: 3 }, { $and: [{ timed: true }, { status: 'pending' }] }] }, [link, timed]],
      [{ userId: ada.id, id: { $nin: [byMail.id, link.id] } }, [toBob, timed]],
      [{ user: { lastLogin: { userAgent: 'test agent' } }, token: byMail.token }, [byMail]],
      [{ inviteType: 'new-user' }, []]
    ]
    for (const [filter, rows] of cases) {
      expect([filter, await everyWay(ada, filter)]).toEqual([filter, allWays(sorted(rows))])
    }
  })

  it('refuse the same filters', async () => {
    const { ada } = await collector()
    for (const filter of [
      { colour: 'red' },
      { passcode: 'x' },
      { inviteType: 'enemy' },
      { maxUses: 'many' },
      { deleteOnUse: 'yes' },
      { id: 'no uuid' },
      { createdAt: '2026-01-01' },
      { user: { password: 'x' } },
      { user: { name: { $regex: '.' } } },
      { inviteType: { $like: 'f%' } },
      { deleteOnUse: { $gt: false } },
      { maxUses: { $in: 3 } },
      { user: 'Ada' },
      { delivery: { status: 'sent' } },
      { $limit: 1, inviteType: 'friend' },
      { $nor: [{ inviteType: 'friend' }] }
    ]) {
      expect([filter, await everyWay(ada, filter)]).toEqual([filter, allWays(400)])
    }
  })

  it('percent-encode brackets or not, and write spaces as + or %20', async () => {
    const ada = await person(server, 'Ada Lovelace')
    const { id } = await ada.inviteAddress()
    for (const query of [
      'filter[user][name]=Ada+Lovelace',
      'filter%5Buser%5D%5Bname%5D=Ada%20Lovelace',
      'user[name]=Ada+Lovelace',
      'filter={"user":{"name":"Ada+Lovelace"}}'.replaceAll('"', '%22').replaceAll('{', '%7B').replaceAll('}', '%7D')
    ]) {
      expect([query, ids(await patchQuery(ada, query))]).toEqual([query, [id]])
    }
  })

  it('never coerce JSON or what a socket sends', async () => {
    const { ada } = await collector()
    const socket = await SocketClient.open(server, ada.token)
    for (const filter of [{ maxUses: '3' }, { deleteOnUse: 'true' }, { token: '', maxUses: true }, { id: 5 }]) {
      expect((await patchQuery(ada, `filter=${encoded(filter)}`)).status).toBe(400)
      expect((await socket.call('patch', 'invite', null, harmless, filter)).status).toBe(400)
    }
    expect(ids(await patchQuery(ada, `filter=${encoded({ token: { $like: '' } })}`))).toEqual([])
    socket.close()
  })

  it('read lists as [] and as [n], over twenty items and in the order of their numbers', async () => {
    const { ada, byMail } = await collector()
    const others = Array.from({ length: 30 }, (_, n) => `0198c1f4-0000-7000-8000-${String(n).padStart(12, '0')}`)
    const list = [...others, byMail.id]
    const appended = list.map((id) => `filter[id][$in][]=${id}`).join('&')
    const numbered = list.map((id, index) => `id[$in][${index}]=${id}`).join('&')
    expect(ids(await patchQuery(ada, appended))).toEqual([byMail.id])
    expect(ids(await patchQuery(ada, numbered))).toEqual([byMail.id])
    for (const query of [
      'filter[id][$in][0]=x&filter[id][$in][a]=y',
      `filter[id][$in][]=${byMail.id}&filter[id][$in][0]=${byMail.id}`,
      `filter[id][$in][0]=${byMail.id}&filter[id][$in][0]=${byMail.id}`,
      `filter[id][]=${byMail.id}`,
      `filter[]=${byMail.id}`,
      `filter[$or][][id]=${byMail.id}`
    ]) {
      expect([query, (await patchQuery(ada, query)).status]).toEqual([query, 400])
    }
  })

  it('keep what is inside spawnDetails as text in brackets and as it is in JSON', async () => {
    const ada = await person(server)
    const text = await ada.inviteAddress({ spawnDetails: { n: '5', b: 'true', z: 'null' } })
    const typed = await ada.inviteAddress({ spawnDetails: { n: 5, b: true, z: null } })
    for (const key of ['filter[spawnDetails]', 'spawnDetails']) {
      expect(ids(await patchQuery(ada, `${key}[n]=5`))).toEqual([text.id])
      expect(ids(await patchQuery(ada, `${key}[b]=true`))).toEqual([text.id])
      expect(ids(await patchQuery(ada, `${key}[z]=null`))).toEqual([text.id])
    }
    expect(ids(await ada.patch({ spawnDetails: { n: 5 } }, harmless))).toEqual([typed.id])
    expect(ids(await ada.patch({ spawnDetails: { b: true, z: null } }, harmless))).toEqual([typed.id])
  })

  it('match spawnDetails by containment, lists and nested objects included', async () => {
    const { ada, byMail } = await collector()
    const matching = [{ deep: {} }, { deep: { list: [2] } }, { deep: { list: [3, 1], flag: true }, inviteCode: '7' }]
    const not = [{ deep: { list: [4] } }, { deep: { flag: false } }, { inviteCode: 7 }, { other: 1 }]
    for (const spawnDetails of matching) expect(ids(await ada.patch({ spawnDetails }, harmless))).toEqual([byMail.id])
    for (const spawnDetails of not) expect(ids(await ada.patch({ spawnDetails }, harmless))).toEqual([])
    expect((await ada.patch({ spawnDetails: { $gt: 1 } }, harmless)).status).toBe(400)
    expect((await ada.patch({ spawnDetails: [] }, harmless)).status).toBe(400)
  })
})

describe('conditions', () => {
  it('are all ANDed, what stands beside the filter too', async () => {
    const { ada, byMail, link } = await collector()
    const or = { $or: [{ id: byMail.id }, { id: link.id }] }
    expect(ids(await patchQuery(ada, `filter=${encoded(or)}&inviteType=channel`))).toEqual([link.id])
    expect(ids(await patchQuery(ada, `inviteType=channel&filter=${encoded(or)}&maxUses=2`))).toEqual([])
    expect(ids(await patchQuery(ada, `$or[0][id]=${byMail.id}&$or[1][id]=${link.id}&maxUses=3`))).toEqual([link.id])
    const socket = await SocketClient.open(server, ada.token)
    const reply = await socket.call('patch', 'invite', null, harmless, { filter: or, inviteType: 'channel' })
    expect((reply.body as Invite[]).map(({ id }) => id)).toEqual([link.id])
    socket.close()
  })

  it('never reach beyond what the caller may patch, whatever the $or', async () => {
    const { ada, bob, toBob } = await collector()
    const { id: own } = await bob.inviteAddress()
    for (const filter of [
      { $or: [{ userId: ada.id }, { inviteType: 'friend' }] },
      { $or: [{ id: toBob.id }, { id: own }] },
      { $or: [{ id: { $ne: null } }, { userId: { $ne: null } }] },
      { $and: [{ $or: [{ inviteeId: bob.id }, { userId: bob.id }] }] }
    ]) {
      expect(ids(await bob.patch(filter, harmless))).toEqual([own])
    }
    expect(ids(await bob.patch({ id: toBob.id }, harmless))).toEqual([])
    expect(ids(await bob.patch({ userId: ada.id }, harmless))).toEqual([])
    expect(await stampOf(toBob.id)).toBe(toBob.updatedAt)
  })

  it('match by every operator that makes sense for a type', async () => {
    const { ada, bob, byMail, toBob, link, timed } = await collector()
    const all = [byMail, toBob, link, timed]
    const cases: [object, { id: string }[]][] = [
      [{ id: { $in: [byMail.id.toUpperCase(), link.id] } }, [byMail, link]],
      [{ id: { $gte: link.id, $lte: link.id } }, [link]],
      [{ inviteType: { $ne: 'friend' } }, [link]],
      [{ inviteType: { $nin: ['channel', 'location'] } }, [byMail, toBob, timed]],
      [{ user: { name: { $like: 'A%' } } }, all],
      [{ user: { name: { $like: 'a%' } } }, []],
      [{ user: { name: { $ilike: 'aD_' } } }, all],
      [{ user: { name: { $lt: 'B', $gte: 'A' } } }, all],
      [{ invitee: { name: { $ilike: 'bo%' }, isGuest: false, ageVerified: { $ne: true } } }, [toBob]],
      [{ invitee: { id: bob.id } }, [toBob]],
      [{ channelName: { $like: 'Channel%' } }, [link]],
      [{ token: byMail.token?.toUpperCase() }, [byMail]],
      [{ token: { $like: '%@EXAMPLE.com' } }, [byMail, timed]],
      [{ identityProviderType: 'email' }, [byMail, timed]],
      [{ startTime: { $gt: '2030-12-31T23:59:59Z' } }, [timed]],
      [{ endTime: { $lte: '2031-06-01T10:00:00.499Z' } }, []],
      [{ createdAt: { $gte: byMail.createdAt, $lte: byMail.createdAt }, id: byMail.id }, [byMail]],
      [{ expiresAt: { $gt: '2000-01-01T00:00:00Z' } }, [byMail, toBob, link]],
      [{ status: 'pending' }, all],
      [{ status: { $ne: 'pending' } }, []],
      [{ status: { $in: ['pending', 'expired', null] } }, all],
      [{ maxUses: { $nin: [1] } }, [link]],
      [{ deleteOnUse: { $in: [true] } }, [toBob]],
      [{ id: { $in: [] } }, []],
      [{ targetObjectId: link.targetObjectId }, [link]],
      [{ user: { createdAt: { $lt: '2100-01-01T00:00:00Z' } }, maxUses: 3 }, [link]]
    ]
    for (const [filter, rows] of cases) {
      expect([filter, ids(await ada.patch(filter, harmless))]).toEqual([filter, sorted(rows)])
    }
  })

  it('treat % and _ within $like as patterns, escaped ones as letters', async () => {
    const ada = await person(server)
    const { id: channelId } = await ada.channel('100% _sure_')
    const { id } = await ada.invite({ inviteType: 'channel', targetObjectId: channelId })
    const matches = async ($like: string) => ids(await ada.patch({ channelName: { $like } }, harmless)).length
    expect(await matches('100\\% \\_sure\\_')).toBe(1)
    expect(await matches('100\\_%')).toBe(0)
    expect(await matches('100_ _sure_')).toBe(1)
    expect((await ada.patch({ channelName: { $like: 'abc\\' } }, harmless)).status).toBe(400)
    expect(await historyLength(id)).toBe(2)
  })

  it('match null by null only', async () => {
    const { ada, byMail, toBob, link, timed } = await collector()
    const cases: [object, { id: string }[]][] = [
      [{ spawnType: null }, [byMail, toBob, timed]],
      [{ spawnType: { $in: [null] } }, [byMail, toBob, timed]],
      [{ spawnType: { $in: ['spawnPoint', null] } }, [byMail, toBob, link, timed]],
      [{ spawnType: { $ne: 'spectate' } }, [link]],
      [{ spawnType: { $nin: ['spectate'] } }, [link]],
      [{ spawnType: { $ne: null } }, [link]],
      [{ spawnType: { $nin: [null] } }, [link]],
      [{ spawnType: { $nin: ['spectate', null] } }, [link]],
      [{ expiresAt: null }, [timed]],
      [{ endTime: { $lt: '2100-01-01T00:00:00Z' } }, [timed]],
      [{ channelName: { $ilike: '%' } }, [link]],
      [{ channelName: { $ne: 'nothing is called this' } }, [link]],
      [{ channelName: null }, [byMail, toBob, timed]],
      [{ invitee: { name: null } }, [byMail, link, timed]],
      [{ invitee: { lastLogin: { id: null } } }, [byMail, toBob, link, timed]],
      [{ user: null }, []],
      [{ user: { name: null } }, []],
      [{ status: null }, []]
    ]
    for (const [filter, rows] of cases) {
      expect([filter, ids(await ada.patch(filter, harmless))]).toEqual([filter, sorted(rows)])
    }
    for (const operator of ['$lt', '$lte', '$gt', '$gte', '$like', '$ilike']) {
      expect([operator, (await ada.patch({ channelName: { [operator]: null } }, harmless)).status]).toEqual([
        operator,
        400
      ])
    }
  })
})

describe('an effective condition', () => {
  it('is needed: nothing at all, and empties of every kind, are 400 and change nothing', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    for (const filter of [
      {},
      { spawnDetails: {} },
      { user: {} },
      { invitee: {}, spawnDetails: {} },
      { user: { lastLogin: {} }, invitee: { lastLogin: {} } },
      { id: {} },
      { $or: [] },
      { $and: [] },
      { $and: [{}] },
      { $or: [{ spawnDetails: {} }] },
      { id: { $nin: [] } }
    ]) {
      expect([filter, (await ada.patch(filter, harmless)).status]).toEqual([filter, 400])
      const socket = await SocketClient.open(server, ada.token)
      expect((await socket.call('patch', 'invite', null, harmless, { filter })).status).toBe(400)
      expect((await socket.call('patch', 'invite', null, harmless, filter)).status).toBe(400)
      socket.close()
    }
    for (const query of [
      undefined,
      '',
      'filter=',
      'filter=null',
      'filter=[]',
      'filter={}',
      'filter[user][lastLogin]='
    ]) {
      const reply = await ada.call('PATCH', '/invite', { body: harmless, ...(query !== undefined && { query }) })
      // The last one is a condition: the caller's own login is not null, so it matches nothing.
      expect([query, reply.status]).toEqual([query, query === 'filter[user][lastLogin]=' ? 200 : 400])
    }
    expect(await stampOf(id)).toBe(updatedAt)
  })

  it('may stand beside the four empties of the documented example, which count for nothing', async () => {
    const ada = await person(server)
    const [one, other] = await Promise.all([
      ada.inviteAddress({ spawnDetails: { spectate: 'x' } }),
      ada.inviteAddress()
    ])
    const filter = {
      spawnDetails: {},
      inviteType: 'friend',
      user: { lastLogin: {}, id: ada.id },
      invitee: {}
    }
    expect(ids(await ada.patch(filter, harmless))).toEqual(sorted([one, other]))
  })

  it('makes no other empty condition tolerable', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    const socket = await SocketClient.open(server, ada.token)
    for (const empty of [
      { id: {} },
      { inviteType: {} },
      { createdAt: {} },
      { $or: [] },
      { $and: [{}] },
      { $or: [{ user: {} }, { inviteType: 'friend' }] },
      { userId: { $nin: [] } },
      { user: { id: {} } },
      { invitee: { lastLogin: { createdAt: {} } } },
      { 'user.lastLogin': { id: { $ne: null } } },
      { channelName: [] }
    ]) {
      const filter = { token: { $ne: null }, ...empty }
      expect([filter, (await ada.patch(filter, harmless)).status]).toEqual([filter, 400])
      expect([filter, (await socket.call('patch', 'invite', null, harmless, filter)).status]).toEqual([filter, 400])
    }
    socket.close()
    expect(await stampOf(id)).toBe(updatedAt)
  })
})

describe('the caller’s view', () => {
  /** Everything of a reply that a client can see, but what differs from call to call anyway. */
  const visible = ({ status, text, headers }: Reply) => {
    const shown = [...headers].filter(([key]) => !['date', 'x-request-id'].includes(key))
    return { status, text, headers: shown }
  }

  it('answers a right and a wrong guess at a hidden value with the same bytes', async () => {
    const { ada, bob, toBob } = await collector()
    const { inviteCode, lastLogin } = await bob.must('GET', `/user/${bob.id}`)
    const nobody = '0198c1f4-0000-7000-8000-000000000000'
    const pairs: [object, object][] = [
      [{ invitee: { inviteCode } }, { invitee: { inviteCode: 'AAAAAAAAAA' } }],
      [
        { invitee: { inviteCode: { $like: `${inviteCode.slice(0, 3)}%` } } },
        { invitee: { inviteCode: { $like: '!%' } } }
      ],
      [{ invitee: { inviteCode: { $ne: 'AAAAAAAAAA' } } }, { invitee: { inviteCode: { $ne: inviteCode } } }],
      [{ invitee: { inviteCode: { $nin: ['AAAAAAAAAA'] } } }, { invitee: { inviteCode: { $nin: [inviteCode] } } }],
      [{ invitee: { inviteCode: { $gt: '' } } }, { invitee: { inviteCode: { $gt: 'ZZZZZZZZZZZ' } } }],
      [{ invitee: { inviteCode: { $in: [inviteCode] } } }, { invitee: { inviteCode: { $in: ['AAAAAAAAAA'] } } }],
      [{ invitee: { lastLogin: { id: lastLogin.id } } }, { invitee: { lastLogin: { id: nobody } } }],
      [
        { invitee: { lastLogin: { ipAddress: lastLogin.ipAddress } } },
        { invitee: { lastLogin: { ipAddress: '192.0.2.1' } } }
      ],
      [{ invitee: { lastLogin: { userAgent: { $ilike: 'TEST%' } } } }, { invitee: { lastLogin: { userAgent: 'x' } } }],
      [
        { invitee: { lastLogin: { createdAt: { $lte: lastLogin.createdAt } } } },
        { invitee: { lastLogin: { createdAt: { $lt: lastLogin.createdAt } } } }
      ],
      [{ invitee: { lastLogin: { userId: bob.id } } }, { invitee: { lastLogin: { userId: ada.id } } }],
      [
        { $or: [{ invitee: { lastLogin: { userId: bob.id } } }, { id: nobody }] },
        { $or: [{ invitee: { lastLogin: { userId: nobody } } }, { id: nobody }] }
      ]
    ]
    for (const [right, wrong] of pairs) {
      const one = await ada.patch({ id: toBob.id, ...right }, harmless)
      const other = await ada.patch({ id: toBob.id, ...wrong }, harmless)
      expect([right, one.text]).toEqual([right, '[]'])
      expect(visible(one)).toEqual(visible(other))
    }
    expect(await stampOf(toBob.id)).toBe(toBob.updatedAt)
    // A hidden value reads as null. So this filter matches the row, and tells nothing about the value.
    expect(ids(await ada.patch({ invitee: { inviteCode: null, lastLogin: null } }, harmless))).toContain(toBob.id)
  })

  it('shows what is one’s own, and with user:read what is others’', async () => {
    const { ada, bob, toBob } = await collector()
    const [mine, theirs] = await Promise.all([ada.must('GET', `/user/${ada.id}`), bob.must('GET', `/user/${bob.id}`)])
    const own = { user: { inviteCode: mine.inviteCode, lastLogin: { id: mine.lastLogin.id } }, inviteeId: bob.id }
    expect(ids(await ada.patch(own, harmless))).toEqual([toBob.id])
    const hidden = { invitee: { inviteCode: theirs.inviteCode, lastLogin: { ipAddress: theirs.lastLogin.ipAddress } } }
    expect(ids(await ada.patch(hidden, harmless))).toEqual([])
    const boss = await admin(server)
    await boss.must('POST', '/scope', { userId: ada.id, type: 'user:read' })
    const reply = await ada.patch(hidden, harmless)
    expect(ids(reply)).toEqual([toBob.id])
    expect(reply.body[0].invitee).toMatchObject({
      inviteCode: theirs.inviteCode,
      lastLogin: { id: theirs.lastLogin.id }
    })
    expect(ids(await ada.patch({ invitee: { inviteCode: null }, inviteeId: bob.id }, harmless))).toEqual([])
  })

  it('never says whether an address in a filter has an account', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const [known, unknown] = await Promise.all([
      ada.inviteAddress({ token: bob.email }),
      ada.inviteAddress({ token: newAddress() })
    ])
    await verifyAddress(server, bob)
    for (const { id, token } of [known, unknown]) {
      const { body } = await ada.patch({ token }, harmless)
      expect(body).toMatchObject([{ id, inviteeId: null, invitee: null }])
      expect(ids(await ada.patch({ id, invitee: { name: 'Bob' } }, harmless))).toEqual([])
    }
  })
})

describe('refused whatever it matches', () => {
  it('more rows than the cap: 400 that says the limit, and nothing is changed', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const data = Array.from({ length: patchCap + 1 }, () => ({ inviteType: 'channel', targetObjectId }))
    const made = await ada.must<Invite[]>('POST', '/invite', data)
    const reply = await ada.patch({ inviteType: 'channel' }, harmless)
    expect(reply.status).toBe(400)
    expect(reply.body.message).toContain(String(patchCap))
    const rows = await server.db('invites').where({ userId: ada.id }).orderBy('id')
    expect(rows.map(({ updatedAt }) => updatedAt)).toEqual(made.map(({ updatedAt }) => updatedAt))
    expect(await server.db('invite_history').whereIn('inviteId', sorted(made)).where({ action: 'patched' })).toEqual([])
    const within = await ada.patch({ inviteType: 'channel', id: { $ne: made[0]?.id } }, harmless)
    expect(within.body).toHaveLength(patchCap)
  })

  it('the same key twice, in whatever two places', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    const filter = encoded({ inviteType: 'friend' })
    for (const query of [
      `filter=${filter}&filter=${filter}`,
      `filter=${filter}&filter[inviteType]=friend`,
      `filter[inviteType]=friend&filter=${filter}`,
      'filter[inviteType]=friend&filter[inviteType]=friend',
      'inviteType=friend&inviteType=channel',
      'inviteType=friend&inviteType=friend',
      `filter=${filter}&inviteType=friend`,
      `filter[inviteType]=friend&inviteType=friend`,
      'inviteType=friend&inviteType[$ne]=channel',
      'filter[user][name]=a&filter[user]=',
      `filter=${encodeURIComponent('{"inviteType":"friend","inviteType":"channel"}')}`,
      `filter=${encodeURIComponent('{"user":{"id":null,"id":null},"inviteType":"friend"}')}`,
      `filter=${encodeURIComponent('{"inviteType":"friend","invite\\u0054ype":"friend"}')}`,
      'filter[inviteType]=friend&filter%5BinviteType%5D=friend',
      `filter=${encoded({ $or: [{ maxUses: 1 }] })}&$or[0][maxUses]=1`
    ]) {
      expect([query, (await patchQuery(ada, query)).status]).toEqual([query, 400])
    }
    const socket = await SocketClient.open(server, ada.token)
    const twice = { filter: { inviteType: 'friend' }, inviteType: 'friend' }
    expect((await socket.call('patch', 'invite', null, harmless, twice)).status).toBe(400)
    socket.close()
    expect(await stampOf(id)).toBe(updatedAt)
  })

  it('what belongs to a list: $limit, $skip, $sort, $select, action, search', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    for (const beside of ['$limit=1', '$skip=0', '$sort[id]=1', '$select[]=id', 'action=sent', 'search=a']) {
      expect([beside, (await patchQuery(ada, `inviteType=friend&${beside}`)).status]).toEqual([beside, 400])
    }
    expect(await stampOf(id)).toBe(updatedAt)
  })

  it('a filter of more than 8 KB, over REST and sockets', async () => {
    const ada = await person(server)
    const { id } = await ada.inviteAddress({ spawnDetails: { a: 'x' } })
    const socket = await SocketClient.open(server, ada.token)
    const big = { id, spawnDetails: { a: 'é'.repeat(4100) } }
    const fits = { id, spawnDetails: { a: 'é'.repeat(4000) } }
    expect((await ada.patch(big, harmless)).status).toBe(400)
    expect((await patchQuery(ada, brackets(big, 'filter').join('&'))).status).toBe(400)
    expect((await patchQuery(ada, exploded(big))).status).toBe(400)
    const padding = 8 * 1024 - JSON.stringify({ id, token: { $like: '' } }).length
    const exactly = { id, token: { $like: 'x'.repeat(padding) } }
    expect(await ada.patch(exactly, harmless)).toMatchObject({ status: 200, body: [] })
    expect((await socket.call('patch', 'invite', null, harmless, { filter: exactly })).status).toBe(200)
    expect((await ada.patch({ id, token: { $like: 'x'.repeat(padding + 1) } }, harmless)).status).toBe(400)
    const divided = `filter=${encoded({ id })}&spawnDetails[a]=${'x'.repeat(8200)}`
    expect((await patchQuery(ada, divided)).status).toBe(400)
    expect((await socket.call('patch', 'invite', null, harmless, { filter: big })).status).toBe(400)
    expect((await socket.call('patch', 'invite', null, harmless, big)).status).toBe(400)
    expect((await ada.patch(fits, harmless)).status).toBe(200)
    expect((await socket.call('patch', 'invite', null, harmless, { filter: fits })).status).toBe(200)
    socket.close()
  })

  it('what cannot be read exactly', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    for (const query of [
      'filter={"inviteType":"friend"',
      'filter="friend"',
      'filter=5',
      'inviteType',
      'inviteType=%zz',
      'inviteType=%ff',
      'inviteType=friend&[x]=1',
      'inviteType=friend&x[=1',
      'inviteType=friend&user[name=1',
      'inviteType=friend&user[name]x=1',
      'inviteType=friend&user]name[=1',
      'inviteType=friend&__proto__[x]=1',
      'inviteType=friend&filter[__proto__][x]=1',
      'inviteType=friend&filter[constructor][prototype]=1',
      'inviteType=friend&toString=1',
      'inviteType=friend&user.name=a',
      `filter[id][$in][%2Babc]=${id}`,
      `$or[%2Bx][id]=${id}`,
      'inviteType=friend&channelName=%00',
      'inviteType=friend&user[name]=a%00b',
      'inviteType=friend&spawnDetails[a]=%00',
      'inviteType=friend&spawnDetails[%00]=a',
      `inviteType=friend&filter=${encodeURIComponent('{"__proto__":{"id":1}}')}`,
      `inviteType=friend&filter=${encodeURIComponent('{"channelName":"\\u0000"}')}`,
      `inviteType=friend&filter=${encodeURIComponent('{"channelName":"\\ud800"}')}`,
      `filter=${'%7B%22$and%22:['.repeat(40)}%7B%22id%22:null%7D${']%7D'.repeat(40)}`,
      `inviteType=friend&spawnDetails${'[a]'.repeat(40)}=1`,
      Array.from({ length: 1001 }, (_, n) => `x${n}=`).join('&')
    ]) {
      const reply = await patchQuery(ada, query)
      expect([query, reply.status]).toEqual([query, 400])
      expect(reply.body).toMatchObject({ name: 'BadRequest', className: 'bad-request', code: 400 })
      expect(reply.body.data.errors.length).toBeGreaterThan(0)
    }
    expect(await stampOf(id)).toBe(updatedAt)
  })

  it('names path and reason of every problem and never the value', async () => {
    const ada = await person(server)
    const secret = 'sEcReT-value-1234'
    const filter = { inviteType: secret, id: secret, user: { ageVerified: secret }, [secret.replaceAll('-', ' ')]: 1 }
    const reply = await ada.patch(filter, harmless)
    expect(reply.status).toBe(400)
    expect(reply.text).not.toContain(secret)
    expect(reply.text).not.toContain(secret.replaceAll('-', ' '))
    const paths = reply.body.data.errors.map(({ path }: { path: string }) => path)
    expect(paths).toEqual(['filter.inviteType', 'filter.id', 'filter.user.ageVerified', 'filter.?'])
  })

  it('the documented placeholders: 401 without a token, a 400 that names each with one', async () => {
    const ada = await person(server)
    const filter = {
      id: 'string<uuid>',
      spawnDetails: {},
      inviteType: 'string<friend | channel | location | instance | new-user>',
      user: { id: 'string<uuid>', name: 'string', lastLogin: { createdAt: 'string<date-time>' } }
    }
    const query = `filter=${encoded(filter)}`
    expect((await call(server, 'PATCH', '/invite', { query, body: { body: filter } })).status).toBe(401)
    const reply = await patchQuery(ada, query, { body: filter })
    expect(reply.status).toBe(400)
    const paths = reply.body.data.errors.map(({ path }: { path: string }) => path)
    expect(paths).toEqual(['filter.id', 'filter.inviteType', 'filter.user.id', 'filter.user.lastLogin.createdAt'])
  })
})

describe('createdAt and updatedAt', () => {
  it('make the call a compare-and-set', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    const first = await ada.patch({ id, updatedAt }, { spawnDetails: { n: 1 } })
    expect(first.body).toMatchObject([{ id, spawnDetails: { n: 1 } }])
    expect(ids(await ada.patch({ id, updatedAt }, { spawnDetails: { n: 2 } }))).toEqual([])
    const stamp = first.body[0].updatedAt
    expect(stamp > updatedAt).toBe(true)
    const inOffset = `${stamp.slice(0, -1)}+00:00`
    expect(ids(await patchQuery(ada, `id=${id}&updatedAt=${encodeURIComponent(inOffset)}`))).toEqual([id])
    expect((await server.db('invites').where({ id }).first()).spawnDetails).toEqual({ n: 1 })
  })

  it('let one of many callers at once win', async () => {
    const ada = await person(server)
    const { id, updatedAt } = await ada.inviteAddress()
    const replies = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ada.patch({ id, updatedAt }, { spawnDetails: { n } }))
    )
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    const winners = replies.filter(({ body }) => body.length === 1)
    expect(winners).toHaveLength(1)
    expect((await server.db('invites').where({ id }).first()).spawnDetails).toEqual(winners[0]?.body[0].spawnDetails)
    expect(await historyLength(id)).toBe(1)
  })
})
