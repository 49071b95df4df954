// Hostile query strings of PATCH /invite?filter=…, as tables: each is refused, says where and why, never what was sent,
// tells nothing of the inside, and changes nothing in any table.
import { describe, expect, it } from 'vitest'
import {
  asJson,
  badTimes,
  faultsOf,
  mark,
  nested,
  patchWith,
  sender,
  settledTables,
  visible,
  wrongConditions,
  type Hostile
} from './support/fuzz-hostile.js'
import { person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
// Invites that would change if a filter matched more than it should.
const toAddress = await ada.inviteAddress()
const [link] = await Promise.all([ada.bearerLink({ maxUses: 3 }), ada.inviteToChannel(bob)])
await server.mailedPasscode(toAddress.id)
const prints = await settledTables(server)
const asAda = sender(server, ada)

const queries = (list: (string | [query: string, path: string])[]): Hostile[] =>
  list.map((entry) => {
    const [query, path] = typeof entry === 'string' ? [entry] : entry
    return { what: query.slice(0, 200), wire: patchWith(query), ...(path !== undefined && { path }) }
  })
const filters = (list: unknown[]): Hostile[] =>
  list.map((filter) => ({
    what: (typeof filter === 'string' ? filter : JSON.stringify(filter)).slice(0, 200),
    wire: patchWith(asJson(filter))
  }))

const good = asJson({ timed: false })
const many = (count: number, of: (n: number) => string) => Array.from({ length: count }, (_, n) => of(n)).join('&')

describe('a query string is refused', () => {
  it('when no condition in it counts', async () => {
    expect(
      await faultsOf(
        [
          ...queries(['', ['filter=', 'filter'], 'filter', 'filter&timed=false', '?', '&', '=']),
          ...filters(['{}', '[]', 'null', `"${mark}"`, '5', 'true', '[{"timed":false}]', [{}]]),
          ...filters([
            { user: {} },
            { invitee: {} },
            { spawnDetails: {} },
            { user: { lastLogin: {} }, invitee: { lastLogin: {} }, spawnDetails: {} },
            { $and: [{}] },
            { $or: [{}] },
            { $or: [] },
            { $and: [] },
            { $and: [{ user: {} }] },
            { $or: [{ timed: false }, {}] },
            { $or: [{ timed: false }, { spawnDetails: {} }] }
          ])
        ],
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when an empty condition stands beside one that counts', async () => {
    expect(
      await faultsOf(
        filters([
          { id: {}, timed: false },
          { token: {}, timed: false },
          { timed: {}, inviteType: 'friend' },
          { $or: [], timed: false },
          { $and: [{}], timed: false },
          { id: { $nin: [] }, timed: false },
          { createdAt: {}, timed: false },
          { user: { name: {} }, timed: false },
          { invitee: { lastLogin: { id: {} } }, timed: false }
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when the filter stands there twice, in whatever spelling', async () => {
    expect(
      await faultsOf(
        queries([
          `${good}&${good}`,
          `${good}&filter[timed]=false`,
          `filter[timed]=false&${good}`,
          `${good}&%66ilter=%7B%22timed%22%3Atrue%7D`,
          `%66%69lter[timed]=false&filter[timed]=false`,
          `${good}&filter[]=${mark}`,
          `${good}&filter=`,
          `filter[]=%7B%7D&filter[]=%7B%7D`,
          `filter[0]=${encodeURIComponent('{"timed":false}')}`,
          'filter[timed]=false&filter[timed]=false',
          'filter[timed]=false&filter%5Btimed%5D=true',
          'filter[user][name]=a&filter[user][name]=b',
          'filter[timed]=false&filter[timed][$ne]=true',
          'filter[timed][$ne]=true&filter[timed]=false'
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when a key stands there twice, within, beside, or across', async () => {
    expect(
      await faultsOf(
        [
          ...queries([
            'timed=false&timed=false',
            'timed=false&timed=true',
            'timed=false&%74imed=true',
            'user[name]=a&user[name]=b',
            `${good}&timed=false`,
            `filter[timed]=false&timed=true`,
            `${asJson({ user: { name: 'a' } })}&user[id]=${ada.id}`,
            `${asJson({ $or: [{ timed: false }] })}&$or[0][timed]=true`,
            'timed[$ne]=true&timed=false',
            'maxUses[$gt]=1&maxUses[$gt]=0'
          ]),
          ...filters([
            '{"timed":false,"timed":true}',
            '{"timed":false,"\\u0074imed":true}',
            '{"user":{"name":"a","name":"b"},"timed":false}',
            '{"$or":[{"timed":false,"timed":true}]}',
            `{"timed":false,"spawnDetails":{"a":1,"a":"${mark}"}}`
          ])
        ],
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when a key reaches into prototypes, or is no key of an invite', async () => {
    expect(
      await faultsOf(
        [
          ...queries([
            '__proto__[timed]=false',
            `__proto__[a]=${mark}&timed=false`,
            'constructor[prototype][a]=1&timed=false',
            'filter[__proto__][timed]=false',
            'filter[__proto__][timed]=false&filter[inviteType]=friend',
            'filter[constructor]=x&filter[timed]=false',
            'filter[user][__proto__][name]=x&filter[timed]=false',
            'user[constructor][name]=x&timed=false',
            'spawnDetails[__proto__][a]=x&timed=false',
            'toString=x&timed=false',
            'hasOwnProperty=x&timed=false',
            'filter[valueOf]=x&filter[timed]=false',
            ['passcode=x&timed=false', 'passcode'],
            ['passcodeHash=x&timed=false', 'passcodeHash'],
            ['slot=1&timed=false', 'slot'],
            ['delivery[status]=none&timed=false', 'delivery'],
            ['user.name=Ada&timed=false', 'user.name'],
            ['user[email]=x&timed=false', 'user.email'],
            ['user[lastLogin][lastLogin][id]=&timed=false', 'user.lastLogin.lastLogin'],
            ['Timed=false', 'Timed'],
            [`${mark}!=1&timed=false`, '?'],
            ['$limit=1&timed=false', '$limit'],
            ['$skip=1&timed=false', '$skip'],
            ['$sort[id]=1&timed=false', '$sort'],
            ['$select[]=id&timed=false', '$select'],
            ['$resolve[]=user&timed=false', '$resolve'],
            ['$where=1&timed=false', '$where'],
            ['$nor[0][timed]=true', '$nor'],
            ['$not[timed]=true', '$not'],
            ['action=sent&timed=false', 'action'],
            ['search=x&timed=false', 'search'],
            ['limit=1&timed=false', 'limit']
          ]),
          ...filters([
            '{"__proto__":{"timed":false}}',
            '{"timed":false,"__proto__":null}',
            '{"user":{"__proto__":{"name":"x"}},"timed":false}',
            '{"constructor":{"prototype":{}},"timed":false}',
            '{"spawnDetails":{"a":{"constructor":1}},"timed":false}',
            { timed: false, passcode: null },
            { timed: false, 'user.name': 'Ada' },
            { timed: false, [mark + '\n']: 1 },
            { timed: false, '': 1 },
            { timed: false, $limit: 1 },
            { timed: false, $select: ['id'] },
            { timed: false, filter: { timed: false } },
            { user: { $or: [{ name: 'a' }] } }
          ])
        ],
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when it cannot be read exactly: brackets, lists, encodings', async () => {
    expect(
      await faultsOf(
        queries([
          'timed',
          '=x&timed=false',
          '[timed]=false',
          '[]=x&timed=false',
          'timed]=false',
          'timed[=false',
          'filter[timed=false',
          'filter[timed]x=false',
          'filter[[timed]]=false',
          'filter]timed[=false',
          'filter[timed][=false',
          'timed=false;inviteType=friend',
          'timed=+false',
          'maxUses=+1',
          'maxUses=%2B1',
          'inviteType=fri+end',
          'channelName=%00&timed=false',
          'channelName=a%00b',
          'a%00=1&timed=false',
          'filter[spawnDetails][%00]=1&timed=false',
          'channelName=%ff',
          'channelName=%E0%A4%A',
          'channelName=%C0%80',
          'channelName=%ED%A0%80',
          'channelName=%',
          'channelName=%zz',
          '%ff=1&timed=false',
          'maxUses[$in][0][0]=1',
          'maxUses[$in][][]=1',
          'maxUses[$in][][a]=1',
          'maxUses[$in][]=1&maxUses[$in][0]=2',
          'maxUses[$in][0]=1&maxUses[$in][a]=2',
          'maxUses[$in][0]=1&maxUses[$in][0]=2',
          'maxUses[$in][10000]=1',
          'maxUses[$in][-1]=1',
          'maxUses[$in][1.5]=1',
          'maxUses[$in]=1',
          'inviteType[]=friend',
          'inviteType[0]=friend',
          'inviteType[]=friend&inviteType[]=channel',
          'user=x',
          'user[]=x',
          'user[0][name]=Ada',
          '$or=x',
          '$or[]=x',
          '$or[0]=x',
          '$or[][timed]=false',
          '$or[timed]=false',
          '$or[0][0][timed]=false',
          '$or[0][timed]=false&$or[a][timed]=true',
          'spawnDetails[]=x',
          'spawnDetails[$gt]=1',
          many(1001, (n) => `spawnDetails[a${n}]=1`),
          `timed=false&${many(1000, (n) => `a${n}=1`)}`,
          `timed=false&spawnDetails${'[a]'.repeat(40)}=1`,
          `filter[spawnDetails]${'[a]'.repeat(33)}=1&filter[timed]=false`,
          `channelName=${'x'.repeat(8200)}`,
          `channelName=${'%78'.repeat(8200)}`,
          many(300, (n) => `spawnDetails[a${n}]=${'y'.repeat(30)}`),
          `${good}&channelName=${'x'.repeat(8200)}`,
          `filter[channelName]=${'%C3%A9'.repeat(4100)}`
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })

  it('when its JSON is not JSON, is too deep or too long, or holds what no database can', async () => {
    expect(
      await faultsOf(
        filters([
          '{',
          '}',
          '{"timed":false,}',
          '{timed:false}',
          "{'timed':false}",
          '{"timed":fals}',
          '{"timed":false}x',
          '{"timed":false}{"timed":false}',
          '{"timed":false}\u0000',
          '\ufeff{"timed":false}',
          '// x\n{"timed":false}',
          '{"maxUses":NaN}',
          '{"maxUses":Infinity}',
          '{"maxUses":0x1}',
          '{"maxUses":01}',
          '{"maxUses":+1}',
          '{"maxUses":1.}',
          '{"maxUses":1e400}',
          '{"maxUses":-1e400}',
          '{"maxUses":{"$lt":1e999}}',
          `{"channelName":"${mark}\n"}`,
          `{"channelName":"\\x"}`,
          `{"channelName":"\\u12"}`,
          `{"channelName":"${mark}`,
          `{"channelName":"${mark}\\u0000"}`,
          `{"channelName":"${mark}\\ud800"}`,
          `{"channelName":"\\udc00\\ud800"}`,
          `{"spawnDetails":{"\\ud800":1}}`,
          `{"spawnDetails":{"\\u0000":1}}`,
          `{"timed":false,"spawnDetails":${nested(40)}}`,
          `{"timed":false,"spawnDetails":{"a":${'['.repeat(1000)}${']'.repeat(1000)}}}`,
          '['.repeat(4000),
          `${'{"$and":['.repeat(40)}{"timed":false}${']}'.repeat(40)}`,
          { channelName: 'x'.repeat(8200) },
          { channelName: 'é'.repeat(4100) },
          { maxUses: { $in: Array.from({ length: 3000 }, (_, n) => n) } },
          { id: { $in: Array.from({ length: 250 }, () => ada.id) } }
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })
})

describe('a condition is refused', () => {
  it('when its value or operator is not of its key’s type', async () => {
    expect(wrongConditions.length).toBeGreaterThan(236)
    expect(await faultsOf(filters(wrongConditions), asAda, prints)).toEqual([])
  })

  it('when its time is none: no zone, no such day, leap seconds, outside 1970–2100', async () => {
    expect(
      await faultsOf(
        badTimes.flatMap((time) => [
          { what: time, wire: patchWith(asJson({ createdAt: time })), path: 'filter.createdAt' },
          {
            what: `in brackets ${time}`,
            wire: patchWith(`endTime[$gt]=${encodeURIComponent(time)}`),
            path: 'endTime.$gt'
          }
        ]),
        asAda,
        prints
      )
    ).toEqual([])
  })
})

describe('what only looks hostile', () => {
  /** Found by nothing: were a part of it dropped, something would match and be changed. */
  it('is taken as it is written, and drops nothing', async () => {
    const queries = [
      'channelName=a]=b&timed=false',
      'channelName=a[b]=c',
      'channelName=%5B%5D%3D',
      'channelName=a%2Bb',
      'channelName=a+b',
      'channelName=a;b',
      'channelName=a=b=c',
      "channelName=' or 1=1 --",
      'channelName=%25',
      'channelName=%F0%9F%90%98',
      `channelName[$like]=${'x'.repeat(7000)}`,
      'user[name]=__proto__',
      'channelName=constructor',
      'filter[channelName]=a]=b',
      'spawnDetails[a]=1&timed=false',
      'spawnDetails[a][b][c]=x',
      'maxUses[$in][0]=7&maxUses[$in][9]=8',
      'maxUses[$in][9999]=7',
      'maxUses[$in][]=7&maxUses[$in][]=8',
      many(300, (n) => `maxUses[$in][]=${n + 1000}`),
      'maxUses[$gt]=2147483647',
      'uses[$gt]=-0',
      'createdAt[$lt]=2024-01-01T00:00:00.123456789%2B23:59',
      'createdAt[$lt]=1970-01-01T00:00:00Z',
      'createdAt[$gt]=2100-12-31T23:59:59Z',
      'createdAt[$lt]=2024-02-29T00:00:00-00:00',
      `id=${crypto.randomUUID().toUpperCase()}`,
      asJson({ channelName: { $like: '%\\%' } }),
      asJson({ channelName: { $ilike: `${'%a'.repeat(1000)}b` } }),
      asJson({ maxUses: { $in: [] } }),
      asJson({ id: { $in: [null] } }),
      asJson({ $or: [{ timed: true }, { maxUses: 7 }], $and: [{ uses: 0 }] }),
      asJson({ timed: { $ne: null }, deleteOnUse: { $nin: [false, null] } }),
      asJson('  { "maxUses" : 7.0e0 }  '),
      asJson({ channelName: '{"a":1,"a":2}' }),
      asJson({ spawnDetails: { a: '"timed":false,"timed":true' }, timed: true })
    ].map((query) => query.replaceAll(' ', '%20').replaceAll('"', '%22'))
    for (const query of queries) {
      const before = await prints()
      const answer = await asAda(patchWith(query))
      expect([query.slice(0, 200), answer.status, answer.text]).toEqual([query.slice(0, 200), 200, '[]'])
      expect(await prints()).toBe(before)
    }
  })

  it('is an id in upper case, a body with a byte order mark, a media type of JSON’s family', async () => {
    expect((await asAda({ method: 'GET', target: `/invite/${link.id.toUpperCase()}` })).status).toBe(200)
    for (const type of ['application/json;charset=UTF-8', 'application/merge-patch+json', 'APPLICATION/JSON']) {
      const wire = { ...patchWith('maxUses=7'), headers: { 'content-type': type }, chunked: true }
      expect((await asAda(wire)).text).toBe('[]')
    }
    expect((await asAda({ ...patchWith('maxUses=7'), body: `\ufeff${visible}` })).text).toBe('[]')
  })
})
