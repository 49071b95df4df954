// A block that meets an acceptance: whichever comes second, no half of a friendship is left. Two sessions are needed.
import { describe, expect, it } from 'vitest'
import { admin, person } from './support/people.js'
import { onPostgres, useServer, waitingForLocks } from './support/server.js'

if (!onPostgres) console.info('block.test.ts: skipped on the embedded database, which has one session')

describe.runIf(onPostgres)('blocking the inviter while their invite is being accepted', async () => {
  const server = await useServer()

  it('waits for the friendship, and then ends both sides of it', async () => {
    const [root, ben] = await Promise.all([admin(server), person(server, 'Ben')])
    const invite = await root.invite({ inviteType: 'friend', inviteeId: ben.id, makeAdmin: true })
    const { db } = server

    // The acceptance makes the friendship, then waits here for the scope of who offered administration.
    const holder = await db.transaction()
    await holder('scopes').where({ userId: root.id }).forUpdate()
    const accepted = ben.accept(invite.id)
    await expect.poll(() => waitingForLocks(db)).toBe(1)
    const blocked = ben.call('POST', '/user-relationship', {
      body: { relatedUserId: root.id, userRelationshipType: 'blocking' }
    })
    await expect.poll(() => waitingForLocks(db)).toBe(2)
    await holder.rollback()

    expect([(await accepted).status, (await blocked).status]).toEqual([200, 201])
    const rows = await db('user_relationships')
      .whereIn('userId', [root.id, ben.id])
      .select('userId', 'userRelationshipType')
    expect(rows).toEqual([{ userId: ben.id, userRelationshipType: 'blocking' }])
  })
})
