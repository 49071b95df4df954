// POST /invite/<id>/qr-code: a reader of QR codes finds the link in the picture.
import { randomUUID } from 'node:crypto'
import { decodeQR } from 'qr/decode.js'
import { describe, expect, it } from 'vitest'
import { guest, person } from './support/people.js'
import { useServer } from './support/server.js'

const server = await useServer({ publicUrl: 'https://example.com/invites-service' })

/** Paints the paths of the picture, each module as a square of four pixels a side. */
function painted(svg: string): { width: number; height: number; data: Uint8Array } {
  const side = Number(/viewBox="0 0 (\d+) \d+"/.exec(svg)?.[1])
  const scale = 4
  const width = side * scale
  const data = new Uint8Array(width * width * 4).fill(255)
  for (const [, x, y, length] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let row = 0; row < scale; row += 1) {
      const start = ((Number(y) * scale + row) * width + Number(x) * scale) * 4
      for (let at = start; at < start + Number(length) * scale * 4; at += 1) if (at % 4 !== 3) data[at] = 0
    }
  }
  return { width, height: width, data }
}

describe('the QR code of a link', () => {
  it('leads to the link, and is a picture that does nothing', async () => {
    const ada = await person(server)
    const link = await ada.bearerLink()
    const { svg } = await ada.must<{ svg: string }>('POST', `/invite/${link.id}/qr-code`, { passcode: link.passcode })
    expect(decodeQR(painted(svg))).toBe(link.link)
    expect(link.link).toBe(`https://example.com/invites-service/i/${link.id}#passcode=${link.passcode}`)
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+" shape-rendering="crispEdges">/
    )
    expect(svg).not.toMatch(/script|href|style|on\w+=/)
    expect(svg.length).toBeLessThan(12_000)
    expect(await server.db('invite_history').where({ inviteId: link.id })).toHaveLength(1)
  })

  it('is drawn for signed-in people, whatever the passcode, and reads nothing', async () => {
    const [ada, visitor] = await Promise.all([person(server), guest(server)])
    const draw = (who: typeof ada, body: unknown, id: string = randomUUID()) =>
      who.call('POST', `/invite/${id}/qr-code`, { body })
    expect((await draw(ada, { passcode: 'x'.repeat(32) })).status).toBe(200)
    expect((await draw(visitor, { passcode: 'x' })).status).toBe(403)
    for (const body of [
      {},
      { passcode: '' },
      { passcode: 5 },
      { passcode: 'x'.repeat(256) },
      { passcode: 'x', a: 1 }
    ]) {
      expect([body, (await draw(ada, body)).status]).toEqual([body, 400])
    }
    expect((await draw(ada, { passcode: 'x' }, 'no-id')).status).toBe(404)
    const anonymous = await fetch(`${server.url}/invite/${randomUUID()}/qr-code`, { method: 'POST' })
    expect(anonymous.status).toBe(401)
  })

  it('takes any text of a passcode as text', async () => {
    const ada = await person(server)
    const { svg } = await ada.must<{ svg: string }>('POST', `/invite/${randomUUID()}/qr-code`, {
      passcode: '"/><script>alert(1)</script>'
    })
    expect(svg).not.toContain('script')
    expect(decodeQR(painted(svg))).toContain('#passcode="/><script>')
  })
})
