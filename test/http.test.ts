// HTTP as few clients speak it: upgrades, expectations, odd methods, empty bodies, idle connections. Each request is
// served, or refused in the shape of all errors, and none hangs.
import { afterEach, describe, expect, it } from 'vitest'
import { person } from './support/people.js'
import { RawConnection } from './support/raw-connection.js'
import { requireReason } from './support/reasons.js'
import { startServer, useServer } from './support/server.js'
import type { Answer } from './support/fuzz-wire.js'

const server = await useServer()
const opened: RawConnection[] = []
afterEach(() => opened.splice(0).forEach((connection) => connection.close()))

async function open(url = server.url): Promise<RawConnection> {
  const connection = await RawConnection.open(url)
  opened.push(connection)
  return connection
}
const lines = (...all: string[]) => `${all.join('\r\n')}\r\n\r\n`
const live = lines('GET /health/live HTTP/1.1', 'Host: x')

/** The status of an error, which has the shape of all errors, and a request id. */
function refused(answer: Answer): number {
  const { status } = answer
  expect(answer.text).toContain(`"code":${status}`)
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
  expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
  requireReason(status, answer.body)
  return status
}

const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA']
const websocket = ['Connection: Upgrade', 'Upgrade: websocket']
const handshake = [...websocket, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']

describe('an upgrade that the service does not know', () => {
  it.each([
    ['HTTP/2, as curl does', h2c],
    ['another protocol', ['Connection: Upgrade', 'Upgrade: foo']],
    ['TLS', ['Connection: Upgrade', 'Upgrade: TLS/1.0, HTTP/1.1']],
    ['a websocket beside socket.io', handshake]
  ])('is ignored, and the connection stays: %s', async (_what, headers) => {
    const connection = await open()
    const asked = await connection.send(lines('GET /health/live HTTP/1.1', 'Host: x', ...headers)).answer()
    expect([asked.status, asked.body]).toEqual([200, { status: 'ok' }])
    expect((await connection.send(live).answer()).status).toBe(200)
    const error = await connection.send(lines('GET /invite HTTP/1.1', 'Host: x', ...headers)).answer()
    expect(refused(error)).toBe(401)
  })

  it('is ignored with a body too, whether its length is known or not', async () => {
    const ada = await person(server)
    const body = JSON.stringify({ name: 'Upgraded' })
    const head = ['POST /channel HTTP/1.1', 'Host: x', `Authorization: Bearer ${ada.token}`, ...h2c]
    const json = 'Content-Type: application/json'
    const connection = await open()
    const whole = await connection.send(lines(...head, json, `Content-Length: ${body.length}`) + body).answer()
    // The body comes later than the headers.
    connection.send(lines(...head, json, 'Transfer-Encoding: chunked'))
    const inChunks = await connection.send(`${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`).answer()
    expect([whole.status, inChunks.status]).toEqual([201, 201])
    expect(await server.db('channels').where({ name: 'Upgraded' })).toHaveLength(2)
  })

  it('is ignored by socket.io, unless it is a websocket', async () => {
    const path = '/socket.io/?EIO=4&transport=polling'
    const answer = await (await open()).send(lines(`GET ${path} HTTP/1.1`, 'Host: x', ...h2c)).answer()
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"sid"')])
  })
})

describe('a request to socket.io', () => {
  const to = (query: string, method = 'GET') => [`${method} /socket.io/?${query} HTTP/1.1`, 'Host: x']
  const good = 'EIO=4&transport=websocket'

  it('opens a websocket', async () => {
    expect((await (await open()).send(lines(...to(good), ...handshake)).answer()).status).toBe(101)
  })

  it.each([
    ['without a key', 400, [...to(good), ...websocket, 'Sec-WebSocket-Version: 13']],
    [
      'of another version',
      400,
      [...to(good), ...handshake.slice(0, 2), 'Sec-WebSocket-Version: 99', ...handshake.slice(3)]
    ],
    ['with a malformed protocol', 400, [...to(good), ...handshake, 'Sec-WebSocket-Protocol: ,,']],
    ['of no transport', 400, [...to('EIO=4'), ...handshake]],
    ['of an unknown transport', 400, [...to('EIO=4&transport=foo'), ...handshake]],
    ['of no session', 400, [...to(`${good}&sid=x`), ...handshake]],
    ['of another method', 400, [...to(good, 'POST'), ...handshake, 'Content-Length: 0']],
    ['of another origin', 403, [...to(good), ...handshake, 'Origin: https://evil.example']],
    ['for a websocket without an upgrade', 400, to(good)],
    ['for polling of no session', 400, to('EIO=4&transport=polling&sid=x')],
    ['for polling by an old client', 400, to('EIO=3&transport=polling')],
    ['for nothing', 400, to('')]
  ])('%s is refused in the shape of other errors', async (_what, status, head) => {
    const connection = await open()
    expect(refused(await connection.send(lines(...head)).answer())).toBe(status)
    if (head.some((line) => line === 'Upgrade: websocket')) await connection.closed()
  })

  it('for a websocket by an old client gets the end of the websocket, and no HTTP in it', async () => {
    const connection = await open()
    const answer = await connection.send(lines(...to('EIO=3&transport=websocket'), ...handshake)).answer()
    expect(answer.status).toBe(101)
    await connection.closed()
    expect(connection.rest()).toEqual(Buffer.from([0x88, 2, 0x03, 0xea]))
  })
})

describe('an odd method', () => {
  it.each([
    ['CONNECT of another host', 400, lines('CONNECT example.com:443 HTTP/1.1', 'Host: x')],
    ['CONNECT of a path', 405, lines('CONNECT /invite HTTP/1.1', 'Host: x')],
    ['OPTIONS of everything', 404, lines('OPTIONS * HTTP/1.1', 'Host: x')],
    ['PRI, the beginning of HTTP/2', 400, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a method that does not exist', 400, lines('BREW /invite HTTP/1.1', 'Host: x')]
  ])('is refused in the shape of other errors: %s', async (_what, status, bytes) => {
    expect(refused(await (await open()).send(bytes).answer())).toBe(status)
  })
})

describe('Expect: 100-continue', () => {
  const expectation = 'Expect: 100-continue'
  const body = JSON.stringify({ name: 'Expected' })
  const json = 'Content-Type: application/json'
  const length = `Content-Length: ${body.length}`

  it('is answered before the body, whether its length is known or not, and the connection stays', async () => {
    const ada = await person(server)
    const head = ['POST /channel HTTP/1.1', 'Host: x', `Authorization: Bearer ${ada.token}`, json, expectation]
    const connection = await open()
    expect((await connection.send(lines(...head, length)).answer()).status).toBe(100)
    expect((await connection.send(body).answer()).status).toBe(201)
    expect((await connection.send(lines(...head, 'Transfer-Encoding: chunked')).answer()).status).toBe(100)
    const inChunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    expect((await connection.send(inChunks).answer()).status).toBe(201)
    expect((await connection.send(live).answer()).status).toBe(200)
    expect(await server.db('channels').where({ name: 'Expected' })).toHaveLength(2)
  })

  it('is answered with the error of a call that would be refused whatever its body is', async () => {
    const { token } = await person(server)
    const signedIn = `Authorization: Bearer ${token}`
    const rows: [status: number, line: string, ...headers: string[]][] = [
      [404, 'POST /nothing HTTP/1.1', json, length],
      [405, 'PUT /invite HTTP/1.1', json, length],
      [401, 'POST /invite HTTP/1.1', json, length],
      [415, 'POST /invite HTTP/1.1', signedIn, 'Content-Type: text/plain', length],
      [413, 'POST /invite HTTP/1.1', signedIn, json, 'Content-Length: 70000']
    ]
    for (const [status, ...head] of rows) {
      const connection = await open()
      const answer = await connection.send(lines(...head, 'Host: x', expectation)).answer()
      expect(refused(answer)).toBe(status)
      // Nobody knows whether the client still sends its body.
      expect(answer.headers['connection']).toBe('close')
      await connection.closed()
    }
  })

  it('is not answered with a 100 where no body is read, nor over HTTP/1.0', async () => {
    const got = await (await open()).send(lines('GET /health/live HTTP/1.1', 'Host: x', expectation)).answer()
    expect(got.status).toBe(200)
    const old = lines('POST /authentication HTTP/1.0', json, expectation, 'Content-Length: 2')
    expect(refused(await (await open()).send(`${old}{}`).answer())).toBe(400)
  })

  it('does not keep socket.io waiting for a body', async () => {
    const head = lines('POST /socket.io/?EIO=4&transport=polling HTTP/1.1', 'Host: x', expectation, 'Content-Length: 2')
    const connection = await open()
    expect((await connection.send(head).answer()).status).toBe(100)
    expect(refused(await connection.send('{}').answer())).toBe(400)
  })

  it('is ignored when it is another expectation', async () => {
    const answer = await (await open()).send(lines('GET /health/live HTTP/1.1', 'Host: x', 'Expect: wonders')).answer()
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }])
  })
})

describe('a body that is announced but empty', () => {
  const chunked = 'Transfer-Encoding: chunked'
  const text = 'Content-Type: text/plain'
  it.each([
    ['in chunks', ['Content-Type: application/json', chunked], '0\r\n\r\n'],
    ['in chunks, of no type', [chunked], '0\r\n\r\n'],
    ['in chunks, of another type', [text, chunked], '0\r\n\r\n'],
    ['of length 0', ['Content-Type: application/json', 'Content-Length: 0'], ''],
    ['of length 0 and another type', [text, 'Content-Length: 0'], '']
  ])('is none: %s', async (_what, headers, body) => {
    const [ada, bob] = await Promise.all([person(server, 'Ada'), person(server, 'Bob')])
    const invite = await ada.invite({ inviteType: 'friend', inviteeId: bob.id })
    const head = [`POST /invite/${invite.id}/accept HTTP/1.1`, 'Host: x', `Authorization: Bearer ${bob.token}`]
    const connection = await open()
    // The end of the body comes later than the headers.
    const answer = await connection
      .send(lines(...head, ...headers))
      .send(body)
      .answer()
    expect([answer.status, answer.body]).toMatchObject([200, { invite: { status: 'accepted' } }])
    expect(await server.db('invites').where({ id: invite.id }).first()).toMatchObject({ status: 'accepted' })
  })

  it('and one of another type that is not empty is 415, in chunks too', async () => {
    const head = lines('POST /authentication HTTP/1.1', 'Host: x', text, chunked)
    expect(refused(await (await open()).send(`${head}2\r\n{}\r\n0\r\n\r\n`).answer())).toBe(415)
  })
})

describe('an idle connection', () => {
  it('is kept as long as the setting says: after one second another server closes, this one still answers', async () => {
    const hasty = await startServer({ keepAliveSeconds: 1 })
    try {
      const [kept, cut] = [await open(), await open(hasty.url)]
      for (const connection of [kept, cut]) expect((await connection.send(live).answer()).status).toBe(200)
      const before = Date.now()
      await cut.closed(20_000)
      expect(Date.now() - before).toBeGreaterThan(900)
      expect((await kept.send(live).answer()).status).toBe(200)
    } finally {
      await hasty.stop()
    }
  })
})
