// GET /invite and GET /invite/:id: who sees which invites, page by page.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { inviteKeys, type Invite } from '../src/services/invite/invite.table.js'
import { admin, newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { verifyAddress } from './support/verify.js'

const server = await useServer()

const find = (who: Person, query = '') => who.call('GET', '/invite', { query })
async function found(who: Person, query = ''): Promise<string[]> {
  const { status, text, body } = await find(who, query)
  if (status !== 200) throw new Error(`${query}: ${status} ${text}`)
  return body.data.map(({ id }: Invite) => id)
}
const ids = (...invites: { id: string }[]) => invites.map(({ id }) => id)
const set = (list: string[]) => new Set(list)
const encoded = (value: unknown) => encodeURIComponent(JSON.stringify(value))

/** Five invites of one inviter to a new channel, the oldest first. */
async function five() {
  const ada = await person(server, 'Ada')
  const { id: targetObjectId } = await ada.channel('Quiet garden')
  const made: Invite[] = []
  for (let maxUses = 1; maxUses <= 5; maxUses++) {
    made.push(await ada.invite({ inviteType: 'channel', targetObjectId, maxUses }))
  }
  return { ada, made }
}

describe('a list', () => {
  it('is a page of ten, the newest first, and at most a hundred', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const items = Array.from({ length: 100 }, () => ({ inviteType: 'channel', targetObjectId }))
    const made: Invite[] = await ada.must('POST', '/invite', items)
    const last = await ada.inviteAddress()
    const newestFirst = [...ids(...made), last.id].sort().toReversed()
    const { body } = await find(ada)
    expect(body).toMatchObject({ total: 101, limit: 10, skip: 0 })
    expect(Object.keys(body)).toEqual(['total', 'limit', 'skip', 'data'])
    expect(ids(...body.data)).toEqual(newestFirst.slice(0, 10))
    expect(Object.keys(body.data[0])).toEqual(inviteKeys)
    const most = await find(ada, '$limit=500&$skip=1')
    expect(most.body).toMatchObject({ total: 101, limit: 100, skip: 1 })
    expect(ids(...most.body.data)).toEqual(newestFirst.slice(1))
    expect((await find(ada, '$limit=0')).body).toEqual({ total: 101, limit: 0, skip: 0, data: [] })
    expect((await find(ada, '$skip=101')).body).toMatchObject({ total: 101, data: [] })
  })

  it('pages do not overlap, also where the sort does not tell rows apart', async () => {
    const { ada, made } = await five()
    for (const sort of ['', '&$sort[inviteType]=1', '&$sort[spawnType]=-1']) {
      const pages = await Promise.all([0, 2, 4].map((skip) => found(ada, `$limit=2&$skip=${skip}${sort}`)))
      expect(set(pages.flat())).toEqual(set(ids(...made)))
      expect(pages.flat()).toHaveLength(5)
    }
  })

  it('pages by id: a hundred invites of one call, and those of calls at the same moment, are seen once each', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel()
    const item = { inviteType: 'channel', targetObjectId }
    const made: Invite[] = await ada.must(
      'POST',
      '/invite',
      Array.from({ length: 100 }, () => item)
    )
    const together = await Promise.all(Array.from({ length: 10 }, () => ada.invite(item)))
    // Two calls at once may have got createdAt in another order than their ids.
    const [first, , third] = together
    await server.db('invites').where({ id: first?.id }).update({ createdAt: third?.createdAt })
    await server.db('invites').where({ id: third?.id }).update({ createdAt: made[0]?.createdAt })
    const seen: string[] = []
    for (;;) {
      const last = seen.at(-1)
      const page = await found(ada, `$limit=10${last === undefined ? '' : `&id[$lt]=${last}`}`)
      if (page.length === 0) break
      seen.push(...page)
    }
    expect(seen).toEqual(
      ids(...made, ...together)
        .sort()
        .toReversed()
    )
    const byTime = await found(ada, `$sort[createdAt]=-1&$limit=100&id[$lte]=${made[99]?.id}`)
    expect(byTime).toEqual(ids(...made).toReversed())
  })

  it('is sorted by the invite’s own scalars, several if wanted', async () => {
    const { ada, made } = await five()
    const order = ids(...made)
    expect(await found(ada, '$sort[maxUses]=1')).toEqual(order)
    expect(await found(ada, '$sort[maxUses]=-1')).toEqual(order.toReversed())
    expect(await found(ada, '$sort[createdAt]=1')).toEqual(order)
    expect(await found(ada, '$sort[inviteType]=1&$sort[maxUses]=-1')).toEqual(order.toReversed())
    for (const key of inviteKeys) {
      const own = !['passcode', 'link', 'spawnDetails', 'user', 'invitee', 'delivery'].includes(key)
      expect([key, (await find(ada, `$sort[${key}]=1`)).status]).toEqual([key, own ? 200 : 400])
    }
    for (const wrong of ['$sort=id', '$sort[id]=2', '$sort[id]=', '$sort[user.name]=1', '$sort[recipientKey]=1']) {
      expect([wrong, (await find(ada, wrong)).status]).toEqual([wrong, 400])
    }
  })

  it('has only the keys that $select names, in the documented order', async () => {
    const { ada, made } = await five()
    const { body } = await find(ada, '$select[]=user&$select[]=id&$limit=1')
    expect(Object.keys(body.data[0])).toEqual(['id', 'user'])
    expect((await find(ada, '$select=maxUses&$limit=1')).body.data).toEqual([{ maxUses: 5 }])
    expect((await ada.call('GET', `/invite/${made[0]?.id}`, { query: '$select[]=uses' })).body).toEqual({ uses: 0 })
    for (const wrong of ['$select[]=secret', '$select[]=user.name', '$select[id]=1', '$select[]=recipientKey']) {
      expect([wrong, (await find(ada, wrong)).status]).toEqual([wrong, 400])
    }
  })

  it('takes the filter of a patch, in each of its encodings', async () => {
    const { ada, made } = await five()
    const wanted = ids(...made.slice(2)).toReversed()
    expect(await found(ada, `filter=${encoded({ maxUses: { $gte: 3 } })}`)).toEqual(wanted)
    expect(await found(ada, 'filter[maxUses][$gte]=3')).toEqual(wanted)
    expect(await found(ada, 'maxUses[$gte]=3')).toEqual(wanted)
    expect(await found(ada, `filter=${encoded({ maxUses: { $gte: 3 } })}&maxUses=4`).catch(() => 400)).toBe(400)
    expect(await found(ada, `filter=${encoded({})}&$limit=1`)).toHaveLength(1)
    const socket = await SocketClient.open(server, ada.token)
    for (const query of [{ filter: { maxUses: { $gte: 3 } } }, { maxUses: { $gte: 3 }, $limit: 10 }]) {
      const { body } = await socket.call('find', 'invite', query)
      expect(ids(...body.data)).toEqual(wanted)
    }
    socket.close()
  })

  it('is refused for what nobody can mean', async () => {
    const ada = await person(server)
    for (const query of [
      '$limit=-1',
      '$limit=many',
      '$limit=1.5',
      '$limit=',
      '$skip=-1',
      '$limit=1&$limit=2',
      'action=all',
      'action[]=sent',
      'search[]=x',
      `search=${'x'.repeat(255)}`,
      'search=%00',
      'colour=red',
      '$resolve[x]=1',
      '$populate=user',
      'passcode=x',
      'filter={}&filter={}',
      '$or[]=1',
      '$sort[id]=+1',
      '$sort[id]=true',
      '$sort[id][]=1'
    ]) {
      expect([query, (await find(ada, query)).status]).toEqual([query, 400])
    }
    // Over a socket numbers are numbers.
    const socket = await SocketClient.open(server, ada.token)
    for (const query of [
      { $limit: '1' },
      { $skip: '0' },
      { $sort: { id: '1' } },
      { $sort: { id: true } },
      { $limit: null }
    ]) {
      expect([query, (await socket.call('find', 'invite', query)).status]).toEqual([query, 400])
    }
    expect((await socket.call('find', 'invite', { $limit: 1, $skip: 0, $sort: { id: -1 } })).status).toBe(200)
    socket.close()
    expect((await ada.call('GET', `/invite/${randomUUID()}`, { query: 'x=1' })).status).toBe(400)
  })
})

describe('whose', () => {
  it('sent and received ones are, and action tells them apart', async () => {
    const [ada, bob, eve] = await Promise.all([person(server, 'Ada'), person(server, 'Bob'), person(server, 'Eve')])
    const [toBob, toEve, ofBob] = await Promise.all([
      ada.invite({ inviteType: 'friend', inviteeId: bob.id }),
      ada.invite({ inviteType: 'friend', inviteeId: eve.id }),
      bob.inviteAddress()
    ])
    expect(set(await found(bob))).toEqual(set(ids(toBob, ofBob)))
    expect(await found(bob, 'action=sent')).toEqual([ofBob.id])
    expect(await found(bob, 'action=received')).toEqual([toBob.id])
    expect(set(await found(ada, 'action=sent'))).toEqual(set(ids(toBob, toEve)))
    expect(await found(ada, 'action=received')).toEqual([])
    expect(await found(eve)).toEqual([toEve.id])
    // Conditions never widen it.
    expect(await found(eve, `filter=${encoded({ $or: [{ userId: ada.id }, { userId: bob.id }] })}`)).toEqual([toEve.id])
    const { body } = await find(eve, `filter=${encoded({ id: { $in: ids(toBob, ofBob) } })}`)
    expect(body).toMatchObject({ total: 0, data: [] })
  })

  it('received is what came to a verified address, and nothing that came to an unverified one', async () => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const toAddress = await ada.inviteAddress({ token: bob.email })
    expect(await found(bob)).toEqual([])
    expect((await bob.call('GET', `/invite/${toAddress.id}`)).status).toBe(404)
    await verifyAddress(server, bob)
    expect(await found(bob, 'action=received')).toEqual([toAddress.id])
    const { body } = await bob.call('GET', `/invite/${toAddress.id}`)
    expect(body).toMatchObject({ token: bob.email, delivery: null, inviteeId: null, passcode: null })
    expect((await ada.must<Invite>('GET', `/invite/${toAddress.id}`)).delivery).not.toBeNull()
  })

  it('all are an administrator’s, who may ask for their own', async () => {
    const [boss, ada] = await Promise.all([admin(server), person(server, 'Ada')])
    const [ofAda, ofBoss] = await Promise.all([ada.inviteAddress(), boss.inviteAddress()])
    const both = `filter=${encoded({ id: { $in: ids(ofAda, ofBoss) } })}`
    expect(set(await found(boss, both))).toEqual(set(ids(ofAda, ofBoss)))
    expect(await found(boss, `${both}&action=sent`)).toEqual([ofBoss.id])
    expect(await found(boss, `${both}&action=received`)).toEqual([])
    const { body } = await boss.call('GET', `/invite/${ofAda.id}`)
    expect(body.user.lastLogin).toMatchObject({ userId: ada.id, userAgent: 'test agent' })
    expect(body.delivery.status).toMatch(/queued|sent/)
    expect(body.passcode).toBeNull()
  })

  it('a link is its inviter’s, and by id the accepter’s', async () => {
    const [ada, bob, eve] = await Promise.all([person(server), person(server), person(server)])
    const link = await ada.bearerLink({ maxUses: 2 })
    expect((await bob.call('GET', `/invite/${link.id}`)).status).toBe(404)
    expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
    expect((await bob.call('GET', `/invite/${link.id}`)).status).toBe(200)
    const hidden = await eve.call('GET', `/invite/${link.id}`)
    const unknown = await eve.call('GET', `/invite/${randomUUID()}`)
    expect([hidden.status, hidden.text]).toEqual([404, unknown.text])
    for (const id of ['x', 'null', '0', "'", '%00', `${link.id}x`, '{}']) {
      expect([id, (await ada.call('GET', `/invite/${id}`)).status]).toEqual([id, 404])
    }
  })
})

describe('status', () => {
  it('leaves revoked and declined ones out, unless the query names it', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const made: Invite[] = []
    for (let n = 0; n < 5; n++) made.push(await ada.inviteToChannel(bob))
    const [pending, accepted, declined, revoked, expired] = made as [Invite, Invite, Invite, Invite, Invite]
    expect((await bob.accept(accepted.id)).status).toBe(200)
    await bob.must('DELETE', `/invite/${declined.id}`)
    await ada.must('DELETE', `/invite/${revoked.id}`)
    await server.db('invites').where({ id: expired.id }).update({ expiresAt: '2020-01-01T00:00:00Z' })
    for (const who of [ada, bob]) {
      expect(set(await found(who))).toEqual(set(ids(pending, accepted, expired)))
      expect(set(await found(who, `userId=${ada.id}`))).toEqual(set(ids(pending, accepted, expired)))
      expect(await found(who, 'status=revoked')).toEqual([revoked.id])
      expect(await found(who, 'status=declined')).toEqual([declined.id])
      expect(await found(who, 'status=expired')).toEqual([expired.id])
      expect(await found(who, 'status=pending')).toEqual([pending.id])
      expect(await found(who, 'status=accepted')).toEqual([accepted.id])
      expect(await found(who, 'status[$ne]=pending')).toHaveLength(4)
      expect(await found(who, 'status[$nin][]=expired&status[$nin][]=pending')).toHaveLength(3)
      expect(await found(who, `filter=${encoded({ $or: [{ status: 'revoked' }, { id: pending.id }] })}`)).toHaveLength(
        2
      )
      expect((await who.call('GET', `/invite/${revoked.id}`)).body.status).toBe('revoked')
    }
    const expiredRow = await ada.must<Invite>('GET', `/invite/${expired.id}`)
    expect(expiredRow).toMatchObject({ status: 'expired', updatedAt: expired.updatedAt })
    expect(await found(ada, '$sort[status]=1&$limit=1&status[$ne]=accepted')).toEqual([declined.id])
  })
})

describe('search', () => {
  it('looks at names, own addresses and the channel’s name, in any case', async () => {
    const tag = randomUUID().slice(0, 8)
    const [ada, bob] = await Promise.all([person(server, `Ada ${tag}`), person(server, `Bob ${tag}`)])
    const { id: targetObjectId } = await ada.channel(`Garden ${tag}`)
    const address = newAddress('zoe')
    const [toBob, byMail, link] = await Promise.all([
      ada.invite({ inviteType: 'friend', inviteeId: bob.id }),
      ada.inviteAddress({ token: address }),
      ada.invite({ inviteType: 'channel', targetObjectId })
    ])
    expect(await found(ada, `search=bob+${tag.toUpperCase()}`)).toEqual([toBob.id])
    expect(await found(ada, `search=ARDEN+${tag}`)).toEqual([link.id])
    expect(await found(ada, `search=${address.slice(0, 10).toUpperCase()}`)).toEqual([byMail.id])
    expect(set(await found(ada, `search=ada+${tag}`))).toEqual(set(ids(toBob, byMail, link)))
    expect(await found(ada, `search=ada+${tag}&inviteType=channel`)).toEqual([link.id])
    expect(await found(ada, 'search=')).toHaveLength(3)
    expect(await found(ada, 'search=nobody-is-called-this')).toEqual([])
  })

  it('takes % and _ and \\ as letters', async () => {
    const ada = await person(server)
    const { id: targetObjectId } = await ada.channel('100% a_b c\\d')
    const { id } = await ada.invite({ inviteType: 'channel', targetObjectId })
    for (const hit of ['100%', 'a_b', 'c\\d'])
      expect(await found(ada, `search=${encodeURIComponent(hit)}`)).toEqual([id])
    for (const miss of ['1%0', 'a_c', '__', '%%', '\\%']) {
      expect([miss, await found(ada, `search=${encodeURIComponent(miss)}`)]).toEqual([miss, []])
    }
  })

  it('finds an address for whom it belongs to only, an administrator’s own included', async () => {
    const [boss, ada, bob] = await Promise.all([admin(server), person(server), person(server)])
    const toBob = await ada.inviteAddress({ token: bob.email })
    const search = `search=${encodeURIComponent(bob.email)}`
    expect(await found(bob, search)).toEqual([])
    await verifyAddress(server, bob)
    expect(await found(bob, search)).toEqual([toBob.id])
    expect(await found(ada, search)).toEqual([toBob.id])
    expect(await found(boss, search)).toEqual([])
  })
})
