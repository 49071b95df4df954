// Mistakes of well-meaning people. docs/mistakes.md shows each request beside its answer, to be read as a page. After a
// change of words, `npx vitest run test/mistakes.test.ts -u` writes it anew.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { reasons, type Reason } from '../src/reasons.js'
import { call, person, type CallOptions, type Person, type Reply } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer()
const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
const unknown = randomUUID()
const channel = await ada.channel('Garden club')
const toBob = await ada.invite({ inviteType: 'channel', targetObjectId: channel.id, inviteeId: bob.id })
const mailed = await ada.invite({ inviteType: 'friend', token: 'ivy+work@example.com', identityProviderType: 'email' })
const link = await ada.bearerLink()
const spare = await ada.invite({ inviteType: 'friend' })
const used = await ada.bearerLink()
await bob.call('POST', `/invite/${used.id}/accept`, { body: { passcode: used.passcode } })
type Request = [method: string, path: string, options?: CallOptions]

const guess = (): Request => ['POST', `/invite/${unknown}/preview`, { body: { passcode: 'a guess' } }]
for (let n = 0; n < 5; n++) await call(server, ...guess())

/** The values of this run, and the words that stand for them on the page. */
const names: [value: string, words: string][] = [
  [unknown, 'an-unknown-id'],
  [channel.id, 'id-of-the-channel'],
  [toBob.id, 'id-of-the-invite'],
  [mailed.id, 'id-of-the-mailed-invite'],
  [link.id, 'id-of-the-link'],
  [link.passcode, 'the-passcode'],
  [link.passcode.slice(0, 9), 'half-of-it'],
  [spare.passcode ?? '', 'the-passcode'],
  [used.passcode, 'the-passcode'],
  [spare.id, 'id-of-another-invite'],
  [used.id, 'id-of-the-used-link'],
  [ada.id, 'id-of-Ada'],
  [bob.id, 'id-of-Bob'],
  [ada.email, 'ada@example.com']
]
const readable = (text: string) =>
  names
    .reduce((shown, [value, words]) => shown.replaceAll(value, words), text)
    .replace(/"\d{4}-\d\d-\d\dT[\d:.]+Z"/g, '"a time"')
    .replace(/\d{4}-\d\d-\d\d [\d:]+ UTC/g, 'a time')

type As = Person | null
type Mistake = [name: string, as: As, request: Request, status: number, reason: Reason]

const patch = (query: string, body: unknown = { spawnType: 'spectate' }): Request => [
  'PATCH',
  '/invite',
  { query, body }
]
const list = (query: string): Request => ['GET', '/invite', { query }]
const make = (body: unknown): Request => ['POST', '/invite', { body }]
const friend = { inviteType: 'friend', token: 'kim@example.com', identityProviderType: 'email' }
const register = (body: object): Request => ['POST', '/user', { body }]
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

const chapters: Record<string, Mistake[]> = {
  'The query': [
    ['The placeholders of the documented call are left in', ada, patch('filter={"id":"string<uuid>"}'), 400, 'invalid'],
    ['Single quotes stand around the keys of the filter', ada, patch("filter={'inviteType':'friend'}"), 400, 'invalid'],
    ['A comma follows the last key of the filter', ada, patch('filter={"inviteType":"friend",}'), 400, 'invalid'],
    ['The filter is cut off by a raw &', ada, patch('filter={"user":{"name":"Ada & Bob"}}'), 400, 'invalid'],
    ['The filter is not closed', ada, patch('filter={"inviteType":"friend"'), 400, 'invalid'],
    ['The filter is left out', ada, patch(''), 400, 'no-condition'],
    ['The filter is empty', ada, patch('filter={}'), 400, 'no-condition'],
    ['The filter is a list', ada, patch('filter=[{"inviteType":"friend"}]'), 400, 'invalid'],
    ['The filter is sent twice', ada, patch('filter={"timed":true}&filter={"timed":false}'), 400, 'invalid'],
    ['A key stands in the filter and beside it', ada, patch('filter={"timed":true}&timed=true'), 400, 'invalid'],
    ['The address is called email', ada, patch('filter={"email":"ivy@example.com"}'), 400, 'invalid'],
    ['The key is misspelled', ada, patch('filter={"invitetype":"friend"}'), 400, 'invalid'],
    ['An operator lacks its dollar sign', ada, patch('filter={"inviteType":{"in":["friend"]}}'), 400, 'invalid'],
    ['An operator is written after a dot', ada, patch('inviteType.$in=friend'), 400, 'invalid'],
    ['A list stands where one value belongs', ada, patch('filter={"inviteType":["friend"]}'), 400, 'invalid'],
    ['A single value stands where a list belongs', ada, patch('filter={"id":{"$in":"x"}}'), 400, 'invalid'],
    ['A nested key is written with a dot', ada, patch('filter={"user.name":"Ada"}'), 400, 'invalid'],
    ['A + of an address is not encoded', ada, patch('filter={"token":{"$ne":"ivy+work@example.com"}}'), 400, 'invalid'],
    ['A person stands as a text', ada, patch('filter={"user":"Ada"}'), 400, 'invalid'],
    ['A boolean is text', ada, patch('filter={"timed":"yes"}'), 400, 'invalid'],
    ['A time has no zone', ada, patch('filter={"createdAt":{"$gt":"2026-11-27 10:00"}}'), 400, 'invalid'],
    ['A word is none of the list', ada, patch('filter={"status":"open"}'), 400, 'invalid'],
    ['A list is asked for with limit', ada, list('limit=5'), 400, 'invalid'],
    ['A list is sorted by a word', ada, list('$sort=createdAt'), 400, 'invalid'],
    ['A list is sorted with desc', ada, list('$sort[createdAt]=desc'), 400, 'invalid'],
    ['A list is sorted by a key that is none', ada, list('$sort[created]=1'), 400, 'invalid'],
    ['A patch is limited like a list', ada, patch('inviteType=friend&$limit=1'), 400, 'invalid'],
    [
      'A filter stands beside an id',
      ada,
      ['PATCH', `/invite/${spare.id}`, { query: 'timed=true', body: { timed: false } }],
      400,
      'invalid'
    ],
    ['A percent sign stands alone', ada, list('search=100%'), 400, 'invalid']
  ],
  'The body': [
    ['The body is no JSON', ada, make("{'inviteType':'friend'}"), 400, 'invalid'],
    [
      'The body has a form’s media type',
      ada,
      [
        'POST',
        '/invite',
        { body: 'inviteType=friend', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      ],
      415,
      'not-json'
    ],
    ['The body is left out', ada, ['POST', '/invite'], 400, 'invalid'],
    ['The type is called type', ada, make({ type: 'friend' }), 400, 'invalid'],
    [
      'The address is called email in the body',
      ada,
      make({ inviteType: 'friend', email: 'kim@example.com' }),
      400,
      'invalid'
    ],
    ['The medium is left out', ada, make({ inviteType: 'friend', token: 'kim@example.com' }), 400, 'recipient-type'],
    [
      'A phone number has no country',
      ada,
      make({ ...friend, token: '0170 1234567', identityProviderType: 'sms' }),
      400,
      'not-an-address'
    ],
    ['The channel is called channelId', ada, make({ inviteType: 'channel', channelId: channel.id }), 400, 'invalid'],
    ['The channel is left out', ada, make({ inviteType: 'channel' }), 400, 'target-required'],
    ['A number is text', ada, make({ inviteType: 'friend', maxUses: '5' }), 400, 'invalid'],
    [
      'The window ends before it starts',
      ada,
      make({ ...friend, timed: true, startTime: days(2), endTime: days(1) }),
      400,
      'window-order'
    ],
    ['The invite would live for a year', ada, make({ ...friend, expiresAt: days(365) }), 400, 'lifetime-too-long'],
    ['An invite with a recipient is for five', ada, make({ ...friend, maxUses: 5 }), 400, 'one-use'],
    [
      'The same invite is made again',
      ada,
      make({ inviteType: 'channel', targetObjectId: channel.id, inviteeId: bob.id }),
      409,
      'twin'
    ],
    ['One invites oneself', ada, make({ inviteType: 'friend', inviteeId: ada.id }), 400, 'oneself'],
    ['The invitee does not exist', ada, make({ inviteType: 'friend', inviteeId: unknown }), 404, 'no-such-user'],
    ['A patch changes nothing', ada, patch(`id=${spare.id}`, {}), 400, 'nothing-to-change'],
    [
      'A patch moves an invite to another inviter',
      ada,
      patch(`id=${spare.id}`, { userId: bob.id, timed: false }),
      400,
      'immutable'
    ],
    [
      'The password is short',
      null,
      register({ name: 'Lou', email: 'lou@example.com', password: 'short' }),
      400,
      'invalid'
    ],
    ['The name and the password are left out', null, register({ email: 'lou@example.com' }), 400, 'invalid'],
    [
      'The e-mail address is none',
      null,
      register({ name: 'Lou', email: 'lou at example.com', password: 'long enough' }),
      400,
      'invalid'
    ],
    [
      'The address has an account',
      null,
      register({ name: 'Ada', email: ada.email, password: 'long enough' }),
      409,
      'address-taken'
    ],
    ['A scope is one word', ada, ['POST', '/scope', { body: { userId: bob.id, type: 'admin' } }], 400, 'invalid']
  ],
  'The path, the method and the caller': [
    ['The path is in the plural', ada, ['GET', '/channels'], 404, 'no-such-path'],
    ['The path has a version', ada, ['GET', '/v1/invite'], 404, 'no-such-path'],
    [
      'A change is sent with PUT',
      ada,
      ['PUT', `/invite/${spare.id}`, { body: { timed: false } }],
      405,
      'method-not-allowed'
    ],
    ['An acceptance is asked for with GET', bob, ['GET', `/invite/${toBob.id}/accept`], 405, 'method-not-allowed'],
    ['The token is left out', null, ['GET', '/invite'], 401, 'not-signed-in'],
    [
      'The token lacks the word Bearer',
      null,
      ['GET', '/invite', { headers: { authorization: ada.token } }],
      401,
      'bad-authorization'
    ],
    [
      'The token is cut off',
      null,
      ['GET', '/invite', { headers: { authorization: 'Bearer eyJhbGciOi' } }],
      401,
      'bad-token'
    ],
    [
      'The strategy is left out',
      null,
      ['POST', '/authentication', { body: { email: ada.email, password: ada.password } }],
      400,
      'invalid'
    ],
    [
      'The password is wrong',
      null,
      ['POST', '/authentication', { body: { strategy: 'local', email: ada.email, password: 'wrong' } }],
      401,
      'wrong-password'
    ],
    [
      'Another person’s invite is changed',
      bob,
      ['PATCH', `/invite/${toBob.id}`, { body: { timed: false } }],
      403,
      'not-yours'
    ],
    ['A stranger’s invite is read', bob, ['GET', `/invite/${mailed.id}`], 404, 'not-found'],
    [
      'One’s own invite is accepted',
      ada,
      ['POST', `/invite/${spare.id}/accept`, { body: { passcode: spare.passcode } }],
      403,
      'own-invite'
    ],
    [
      'A link is opened with half of its passcode',
      bob,
      ['POST', `/invite/${link.id}/preview`, { body: { passcode: link.passcode.slice(0, 9) } }],
      404,
      'not-found'
    ],
    [
      'A used link is accepted',
      ada,
      ['POST', `/invite/${used.id}/preview`, { body: { passcode: used.passcode } }],
      409,
      'used'
    ],
    [
      'A key is used for another call',
      ada,
      [
        'POST',
        '/invite',
        { body: { inviteType: 'friend', spawnType: 'spectate' }, headers: { 'idempotency-key': 'one' } }
      ],
      422,
      'key-reused'
    ]
  ]
}
await ada.call('POST', '/invite', { body: { inviteType: 'friend' }, headers: { 'idempotency-key': 'one' } })

/** Words of a library, or of the inside, and a path that tells nothing. */
const riddles = /must NOT|anyOf|schema|undefined|instancePath|\?:|Unexpected token|\{\w+\}/

function requestOf([method, path, { query, body, headers = {} } = {}]: Request, as: As): string {
  const target = query === undefined ? path : `${path}?${query}`
  const lines = [`${method} ${target}`]
  const token = headers['authorization'] ?? (as ? `Bearer <token of ${as.name}>` : undefined)
  if (token) lines.push(`Authorization: ${token === ada.token ? '<token of Ada>' : token}`)
  if (headers['idempotency-key']) lines.push(`Idempotency-Key: ${headers['idempotency-key']}`)
  if (headers['content-type']) lines.push(`Content-Type: ${headers['content-type']}`)
  if (body !== undefined) lines.push('', typeof body === 'string' ? body : JSON.stringify(body))
  return lines.join('\n')
}

const answerOf = ({ status, body }: Reply): string => {
  const { errors: _, ...data } = body.data
  return [`${status} ${body.message}`, JSON.stringify(data)].join('\n')
}

const page: string[] = [
  '# Mistakes, and what the service says',
  '',
  'Each request has one mistake. Below it stand the status and the message of its answer, then `data` without the list of',
  'errors, which repeats the message. The tests send these requests and write this page.'
]

describe.each(Object.entries(chapters))('%s', (chapter, mistakes) => {
  it('has a mistake that the answer explains', async () => {
    page.push('', `## ${chapter}`)
    for (const [name, as, request, status, reason] of mistakes) {
      const [method, path, options] = request
      const reply = await call(server, method, path, options, as?.token)
      expect([name, reply.status, reply.body?.data?.reason]).toEqual([name, status, reason])
      expect([name, reply.body.message]).not.toEqual([name, expect.stringMatching(riddles)])
      expect(reasons[reason][0]).toBe(status)
      page.push('', `**${name}.**`, '', '```', readable(requestOf(request, as)), '', readable(answerOf(reply)), '```')
    }
  })
})

describe('the page', () => {
  it('has fifty mistakes or more, and is the one in docs/', async () => {
    expect(Object.values(chapters).flat().length).toBeGreaterThanOrEqual(50)
    await expect(`${page.join('\n')}\n`).toMatchFileSnapshot('../docs/mistakes.md')
  })
})
