// The link of an invite as a QR code: a reader reads the link, the picture is safe to show, and nothing is read or kept.
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeQR } from 'qr/decode.js'
import { call, guest, person } from './support/people.js'
import { fingerprints } from './support/fuzz-tables.js'
import { useServer } from './support/server.js'
import { SocketClient } from './support/sockets.js'
import { expectTooMany } from './support/too-many.js'

const server = await useServer({ rateLimitFactor: 1 })

/** Draws the path of the picture, in points of 4 to a module, as a browser would, and reads it. */
function read(svg: string): string {
  const [, size, path] = /^<svg [^>]*viewBox="0 0 (\d+) \1"[^>]*><rect [^>]*\/><path [^>]*d="([^"]+)"\/><\/svg>$/.exec(
    svg
  ) as unknown as [string, string, string]
  const [side, scale] = [Number(size), 4]
  const data = new Uint8Array(side * side * scale * scale * 4).fill(255)
  let [x, y] = [0, 0]
  expect(path).toMatch(/^M0 \.5(m-?\d+ \d+h\d+)+$/)
  for (const [, dx, dy, length] of path.matchAll(/m(-?\d+) (\d+)h(\d+)/g)) {
    x += Number(dx)
    y += Number(dy)
    for (let row = y * scale; row < (y + 1) * scale; row += 1) {
      const start = (row * side * scale + x * scale) * 4
      for (let at = start; at < start + Number(length) * scale * 4; at += 4) data.fill(0, at, at + 3)
    }
    x += Number(length)
  }
  return decodeQR({ width: side * scale, height: side * scale, data })
}

describe('the QR code of a link', () => {
  it('is read as the link of the invite', async () => {
    const ada = await person(server)
    const { id, passcode, link } = await ada.bearerLink()
    const reply = await ada.call('POST', `/invite/${id}/qr-code`, { body: { passcode } })
    expect([reply.status, Object.keys(reply.body)]).toEqual([200, ['svg']])
    expect(read(reply.body.svg)).toBe(link)
    const socket = await SocketClient.open(server, ada.token)
    expect((await socket.call('create', `invite/${id}/qr-code`, { passcode }, {})).body).toEqual(reply.body)
    socket.close()
  })

  it('is a small picture that does nothing, with a quiet border of four modules', async () => {
    const ada = await person(server)
    const { id, passcode } = await ada.bearerLink()
    const { svg } = await ada.must('POST', `/invite/${id}/qr-code`, { passcode })
    expect(Buffer.byteLength(svg)).toBeLessThan(10_000)
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+" shape-rendering="crispEdges">/
    )
    expect(svg.match(/<\w+/g)).toEqual(['<svg', '<rect', '<path'])
    expect(svg).not.toMatch(/<svg[^>]*(width|height)|script|href|style|\bon/)
    // The first line begins at the fourth module of the fourth row.
    expect(svg).toContain('d="M0 .5m4 4h7m')
  })

  it('draws what was sent and looks nothing up: a passcode is no markup, and an unknown id is like another', async () => {
    const ada = await person(server)
    const print = await fingerprints(server.db)
    const before = await print()
    const id = randomUUID()
    const passcode = '"/><script>alert(1)</script>'
    const { svg } = await ada.must('POST', `/invite/${id.toUpperCase()}/qr-code`, { passcode: ` ${passcode} ` })
    expect(read(svg)).toBe(`${server.url}/i/${id}#passcode=${passcode}`)
    expect(svg).not.toContain('script')
    const longest = await ada.must('POST', `/invite/${id}/qr-code`, { passcode: '\u{1f511}'.repeat(255) })
    expect(longest.svg).toMatch(/^<svg /)
    expect(await print()).toEqual(before)
  })

  it('is for signed-in users who are no guests, and takes a passcode and nothing else', async () => {
    const [ada, visitor] = await Promise.all([person(server), guest(server)])
    const path = `/invite/${randomUUID()}/qr-code`
    for (const body of [
      {},
      { passcode: '' },
      { passcode: 5 },
      { passcode: 'x'.repeat(256) },
      { passcode: 'x', size: 9 }
    ])
      expect([body, (await ada.call('POST', path, { body })).status]).toEqual([body, 400])
    const body = { passcode: 'x' }
    expect((await ada.call('POST', path, { body, query: 'size=9' })).status).toBe(400)
    expect((await ada.call('POST', '/invite/x/qr-code', { body })).status).toBe(404)
    expect((await call(server, 'POST', path, { body })).status).toBe(401)
    expect((await visitor.call('POST', path, { body })).body.data.reason).toBe('not-for-guests')
    expect((await ada.call('GET', path)).status).toBe(405)
  })

  it('is drawn 300 times an hour for one user, and for others all the same', async () => {
    const [ada, bob] = await Promise.all([person(server), person(server)])
    const draw = (who = ada) => who.call('POST', `/invite/${randomUUID()}/qr-code`, { body: { passcode: 'x' } })
    for (let n = 0; n < 300; n += 20) {
      const statuses = await Promise.all(Array.from({ length: 20 }, () => draw().then(({ status }) => status)))
      expect(new Set(statuses)).toEqual(new Set([200]))
    }
    expectTooMany(await draw(), 3600, 'drawingsPerUser')
    expect((await draw(bob)).status).toBe(200)
  })
})
