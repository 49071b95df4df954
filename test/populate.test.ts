// The rows that an invite refers to are read after the invite was locked and changed: in the same statement, by a
// function that sees the data committed by then. This needs two sessions, so it runs on a real Postgres only.
import { describe, expect, it } from 'vitest'
import { v7 as uuidv7 } from 'uuid'
import { person } from './support/people.js'
import { onPostgres, useServer, waitingForLocks } from './support/server.js'

if (!onPostgres) console.info('populate.test.ts: skipped on the embedded database, which has one session')

describe.runIf(onPostgres)('a patch that waited for its row', async () => {
  const server = await useServer()

  it('shows the invitee that the row got meanwhile, and whose account is newer than the call', async () => {
    const ada = await person(server, 'Ada')
    const { id } = await ada.bearerLink()
    const { db } = server
    const newcomer = uuidv7()

    const holder = await db.transaction()
    await holder('invites').where({ id }).update({ deleteOnUse: true })
    const patched = ada.patch({ id }, { spawnType: 'spectate' })
    await expect.poll(() => waitingForLocks(db)).toBeGreaterThan(0)
    await holder('users').insert({ id: newcomer, name: 'Newcomer', inviteCode: newcomer })
    await holder('invites').where({ id }).update({ inviteeId: newcomer })
    await holder.commit()

    const { status, body } = await patched
    expect([status, body.length]).toEqual([200, 1])
    expect(body[0]).toMatchObject({
      deleteOnUse: true,
      inviteeId: newcomer,
      invitee: { id: newcomer, name: 'Newcomer' }
    })
  })
})
