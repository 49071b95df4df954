// The reasons of errors: their words stand once, each rule has one, and every error gets one.
import { Conflict, FeathersError, Forbidden, PaymentError } from '@feathersjs/errors'
import { describe, expect, it } from 'vitest'
import { translate } from '../src/database/errors.js'
import { reasons, type Reason } from '../src/reasons.js'
import { rules } from '../src/services/invite/write/rules.js'
import { newAddress, person } from './support/people.js'
import { startServer, useServer } from './support/server.js'

const server = await useServer()
const { db } = server
const friend = () => ({ inviteType: 'friend', token: newAddress(), identityProviderType: 'email' })
const problemsOf = (...found: [path: string, reason: Reason][]) =>
  found.map(([path, reason]) => ({ path, message: reasons[reason][1] }))
const violation = (constraint: string) => translate(Object.assign(new Error('violated'), { code: '23514', constraint }))

describe('the words of a 400', () => {
  it('are those of its reason', async () => {
    const ada = await person(server)
    const wrong: [body: object, path: string, reason: Reason][] = [
      [{ ...friend(), maxUses: 2 }, 'maxUses', 'one-use'],
      [{ inviteType: 'friend', token: newAddress() }, 'identityProviderType', 'recipient-type'],
      [{ inviteType: 'friend', identityProviderType: 'email' }, 'token', 'recipient-address'],
      [{ ...friend(), token: 'nobody' }, 'token', 'not-an-address'],
      [{ inviteType: 'friend', inviteeId: ada.id }, 'inviteeId', 'oneself'],
      [{ inviteType: 'channel' }, 'targetObjectId', 'target-required'],
      [{ inviteType: 'friend', timed: true }, 'endTime', 'window-incomplete']
    ]
    for (const [body, path, reason] of wrong) {
      const reply = await ada.call('POST', '/invite', { body })
      expect([reply.status, reply.body.data]).toEqual([400, { reason, errors: problemsOf([path, reason]) }])
      expect(reply.body.message).toBe(`${path}: ${reasons[reason][1]}`)
    }
    const { id } = await ada.inviteAddress()
    const patches: [query: object | null, body: object, path: string, reason: Reason][] = [
      [{}, { deleteOnUse: true }, 'filter', 'no-condition'],
      [{ id }, { userId: ada.id }, 'body', 'nothing-to-change'],
      [{ id }, { maxUses: 3 }, 'maxUses', 'one-use'],
      [{ id }, { deleteOnUse: true, inviteeId: ada.id }, 'inviteeId', 'immutable']
    ]
    for (const [filter, body, path, reason] of patches) {
      const reply = await ada.patch(filter ?? {}, body)
      expect([reply.status, reply.body.data]).toEqual([400, { reason, errors: problemsOf([path, reason]) }])
    }
  })

  it('have the value for each name in braces', async () => {
    const own = await startServer({ patchCap: 1 })
    try {
      const ada = await person(own)
      await ada.call('POST', '/invite', { body: [friend(), friend()] })
      const { body } = await ada.patch({ userId: ada.id }, { deleteOnUse: true })
      expect(body.data.errors[0].message).toBe(reasons['too-many-matches'][1].replace('{cap}', '1'))
    } finally {
      await own.stop()
    }
  })

  it('tell every rule that a body breaks, that of the mail domains included', async () => {
    const own = await startServer({ recipientDomains: ['example.com'] })
    try {
      const ada = await person(own)
      const body = { ...friend(), token: 'a@example.org', maxUses: 2, timed: true }
      const reply = await ada.call('POST', '/invite', { body: [body] })
      expect([reply.status, reply.body.data]).toEqual([
        400,
        {
          reason: 'domain-not-allowed',
          errors: problemsOf(
            ['0.token', 'domain-not-allowed'],
            ['0.maxUses', 'one-use'],
            ['0.endTime', 'window-incomplete']
          )
        }
      ])
    } finally {
      await own.stop()
    }
  })

  it('about oneself are the same at a block', async () => {
    const ada = await person(server)
    const body = { relatedUserId: ada.id, userRelationshipType: 'blocking' }
    const reply = await ada.call('POST', '/user-relationship', { body })
    expect(reply.body.data).toEqual({ reason: 'oneself', errors: problemsOf(['relatedUserId', 'oneself']) })
  })
})

describe('each rule', () => {
  it('has a reason of its own', () => {
    const own = rules.map(({ reason }) => reason)
    expect(own.filter((reason, at) => own.indexOf(reason) !== at)).toEqual([])
  })

  it('is told when only the constraint of the table finds it broken', async () => {
    const { rows } = await db.raw(
      `select conname as name from pg_constraint
       where conrelid = 'invites'::regclass and contype = 'c' and conname not like '%\\_check'`
    )
    const names = rows.map(({ name }: { name: string }) => name)
    expect(names).toContain('invites_lifetime')
    for (const name of names) expect([name, violation(name).code]).toEqual([name, 400])
    expect(violation('invites_lifetime').data).toMatchObject({ reason: 'lifetime-of-timed' })
  })

  it('is told beside the others of its constraint, which does not say which of them is broken', () => {
    expect(violation('invites_target').data).toEqual({
      reason: 'target-required',
      errors: problemsOf(['targetObjectId', 'target-required'], ['targetObjectId', 'target-not-allowed'])
    })
  })
})

describe('a login that cannot be recorded any more', () => {
  it('is a 401, because the account has lost its address, or is gone', async () => {
    const { rows } = await db.raw(
      `select conname as name from pg_constraint where conrelid = 'user_logins'::regclass and contype = 'f'`
    )
    expect(rows).toHaveLength(2)
    for (const { name } of rows) expect(violation(name).data).toEqual({ reason: 'wrong-password' })
  })
})

describe('an invite that is not pending', () => {
  it('gives the same reason and data to a patch by id, a removal and a resend', async () => {
    const ada = await person(server)
    for (const [status, reason] of Object.entries({ accepted: 'used', declined: 'declined', revoked: 'revoked' })) {
      const { id } = await ada.inviteAddress()
      await db('invites').where({ id }).update({ status })
      const replies = [
        await ada.call('PATCH', `/invite/${id}`, { body: { deleteOnUse: true } }),
        await ada.call('DELETE', `/invite/${id}`),
        await ada.call('POST', `/invite/${id}/resend`, { body: {} })
      ]
      for (const { status: code, body } of replies) {
        expect([code, body.data]).toEqual([409, { reason, status, startTime: null, endTime: null }])
      }
    }
  })
})

describe('an error that Feathers throws', () => {
  const reasonFor = (error: FeathersError) => {
    const { code, data } = translate(error)
    return [code, (data as { reason?: string }).reason]
  }

  it('gets a neutral reason, whatever its status', () => {
    expect(reasonFor(new Forbidden('inside'))).toEqual([403, 'forbidden'])
    expect(reasonFor(new Conflict('inside'))).toEqual([400, 'invalid'])
    expect(reasonFor(new PaymentError('inside'))).toEqual([400, 'invalid'])
    expect(reasonFor(new FeathersError('inside', 'NotImplemented', 501, 'not-implemented', {}))).toEqual([
      500,
      'unforeseen'
    ])
    for (let code = 400; code < 600; code++) {
      const [status, reason] = reasonFor(new FeathersError('inside', 'Any', code, 'any', {}))
      expect([code, reasons[reason as Reason]?.[0]]).toEqual([code, status])
    }
    expect(JSON.stringify(translate(new Forbidden('inside')))).not.toContain('inside')
  })
})
