// The embedded database: its process is killed in the middle of writing, its disk is full. Acknowledged
// changes are there afterwards; the server answers 503 meanwhile.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { mountSmall } from './support/cluster.js'
import { sleep, until } from './support/patience.js'
import { call, person, signIn, type Person, type Reply } from './support/people.js'
import { startProcess, type ServerProcess } from './support/processes.js'
import { onPostgres } from './support/server.js'

/** A server on the embedded database in `directory`, whatever database this project tests. */
const startOn = (directory: string) => startProcess({ DATABASE_URL: '', DATA_DIRECTORY: directory })

/** Every invite that somebody has, page by page. */
async function allInvites(who: Person): Promise<Set<string>> {
  const ids = new Set<string>()
  for (;;) {
    const page = await who.must<{ total: number; data: Invite[] }>('GET', `/invite?$limit=100&$skip=${ids.size}`)
    for (const { id } of page.data) ids.add(id)
    if (ids.size >= page.total || page.data.length === 0) return ids
  }
}

describe.runIf(!onPostgres)('the embedded database', () => {
  const directory = mkdtempSync(join(tmpdir(), 'invite-embedded-'))
  const disk = onPostgres ? undefined : mountSmall(160)
  if (!onPostgres && !disk) {
    console.warn('A full disk of the embedded database: skipped, because mounting a tmpfs is not permitted here.')
  }
  const servers: ServerProcess[] = []
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill()))
    disk?.unmount()
    rmSync(directory, { recursive: true, force: true })
  })

  it('is killed in the middle of writing, three times: no acknowledged row is lost', async () => {
    const acknowledged = new Set<string>()
    let login = { email: '', password: '' }
    let channel = ''
    let asked = 0
    for (let round = 0; round < 3; round++) {
      const server = await startOn(directory)
      servers.push(server)
      const ada = round === 0 ? await person(server, 'Ada') : await signIn(server, login.email, login.password)
      login = ada
      channel ||= (await ada.channel()).id
      const over = new AbortController()
      const write = async () => {
        while (!over.signal.aborted) {
          asked += 1
          const reply = await ada
            .call<Invite>('POST', '/invite', { body: { inviteType: 'channel', targetObjectId: channel } })
            .catch(() => undefined)
          if (reply?.status === 201) acknowledged.add(reply.body.id)
        }
      }
      const writers = Array.from({ length: 4 }, () => write())
      const before = acknowledged.size
      while (acknowledged.size < before + 20) await sleep(5)
      await sleep(Math.random() * 50)
      await server.kill()
      over.abort()
      await Promise.all(writers)
    }
    const server = await startOn(directory)
    servers.push(server)
    const ada = await signIn(server, login.email, login.password)
    const stored = await allInvites(ada)
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
    // Beside them only what was asked and not answered.
    expect(stored.size).toBeLessThanOrEqual(asked)
    console.info(`kill -9 of the embedded database, 3 rounds: ${acknowledged.size} acknowledged, ${stored.size} stored`)
    // Each with its history: written whole, or not at all.
    for (const id of [...stored].slice(-5)) expect(await ada.must('GET', `/invite/${id}/history`)).toHaveLength(1)
    await server.stop()
  }, 600_000)

  it.runIf(disk)(
    'has no room to write: 503, and everything is well when there is room',
    async () => {
      if (!disk) return
      const data = join(disk.path, 'data')
      const server = await startOn(data)
      servers.push(server)
      const ada = await person(server, 'Ada')
      const { id } = await ada.channel()
      const item = { inviteType: 'channel', targetObjectId: id, spawnDetails: { spawnPoint: 'x'.repeat(500) } }
      const fifty = Array.from({ length: 50 }, () => item)
      const acknowledged = new Set<string>()
      const left = Number(execFileSync('df', ['--output=avail', '-B1', disk.path], { encoding: 'utf8' }).split('\n')[1])
      const ballast = join(disk.path, 'ballast')
      execFileSync('fallocate', ['-l', String(Math.max(0, left - 500_000)), ballast])
      let refused: Reply | undefined
      for (let round = 0; round < 800 && !refused; round++) {
        const reply = await ada.call<Invite[]>('POST', '/invite', { body: fifty })
        if (reply.status === 201) for (const invite of reply.body) acknowledged.add(invite.id)
        else refused = reply
      }
      expect([refused?.status, refused?.body?.className]).toEqual([503, 'unavailable'])
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(refused?.text).not.toMatch(/ENOSPC|space|errno|postgres/i)
      expect((await call(server, 'GET', '/health/live')).status).toBe(200)

      rmSync(ballast)
      const statuses = new Set<number>()
      const stored = await until(async () => {
        const reply = await ada.call<Invite>('POST', '/invite', { body: item })
        statuses.add(reply.status)
        return reply.status === 201 && reply.body
      }, 'an invite that is stored')
      expect([...statuses].filter((status) => status !== 201 && status !== 503)).toEqual([])
      const all = await allInvites(ada)
      expect([...acknowledged].filter((one) => !all.has(one))).toEqual([])
      expect(all.has(stored.id)).toBe(true)
      expect((all.size - 1) % 50).toBe(0)
      expect(server.log()).not.toContain('"status":500')

      // And again from the disk, by another process.
      await server.stop()
      const again = await startOn(data)
      servers.push(again)
      const later = await allInvites(await signIn(again, ada.email, ada.password))
      expect([...all].filter((one) => !later.has(one))).toEqual([])
      await again.stop()
    },
    600_000
  )
})
