// Random sequences of everything that can happen to invites, against a model of the state machine: what the service
// answers, what it shows, and what the database holds agree with the model after every step. PROPERTY_RUNS says how
// many sequences, PROPERTY_SEED repeats some.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { InviteModel, type Change, type Shape, type Step, type Who } from './support/invite-model.js'
import { admin, call, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const runs = Number(process.env['PROPERTY_RUNS'] ?? 60)
const seed = Number(process.env['PROPERTY_SEED'] ?? Date.now() % 1_000_000_000)

const server = await useServer()
const { db } = server

const who = fc.constantFrom<Who[]>('inviter', 'ann', 'bob', 'admin')
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ deleteOnUse: fc.boolean() }),
  fc.record({ maxUses: fc.integer({ min: 1, max: 3 }) }),
  fc.constant('extend' as const)
)
const passcode = fc.constantFrom('none' as const, 'right' as const, 'right' as const, 'wrong' as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('accept' as const), who, passcode }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('decline' as const), who, passcode }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('resend' as const), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('patch' as const), who, change }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('preview' as const),
      passcode: fc.constantFrom('right' as const, 'wrong' as const)
    })
  },
  { weight: 2, arbitrary: fc.constant({ do: 'expire' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'minute' as const }) }
)
/** A step, or somebody who guesses passcodes until they are stopped. */
const steps: fc.Arbitrary<Step[]> = fc.oneof(
  { weight: 40, arbitrary: step.map((one) => [one]) },
  {
    weight: 1,
    arbitrary: who.map((who) =>
      Array.from({ length: 6 }, () => ({ do: 'accept' as const, who, passcode: 'wrong' as const }))
    )
  }
)
const shape: fc.Arbitrary<Shape> = fc.record({
  kind: fc.constantFrom('named' as const, 'mailed' as const, 'link' as const, 'link' as const),
  maxUses: fc.integer({ min: 1, max: 3 }),
  deleteOnUse: fc.boolean(),
  timed: fc.boolean()
})
/** Invites, and what happens to which of them. */
const story = fc.record({
  shapes: fc.array(shape, { minLength: 1, maxLength: 2 }),
  steps: fc.array(fc.record({ invite: fc.nat({ max: 1 }), steps }), { minLength: 10, maxLength: 24 })
})

type People = Record<Who, Person>

/** Four people; ann's address is verified, for she has used a passcode that was mailed to it. */
async function fourPeople(): Promise<People> {
  const [inviter, ann, bob, boss] = await Promise.all([person(server), person(server), person(server), admin(server)])
  const invite = await bob.invite({ inviteType: 'friend', token: ann.email, identityProviderType: 'email' })
  const reply = await ann.accept(invite.id, { passcode: await server.mailedPasscode(invite.id) })
  if (reply.status !== 200) throw new Error(reply.text)
  return { inviter, ann, bob, admin: boss }
}

/** An invite of the service beside its model. */
class Pair {
  readonly model: InviteModel
  private passcode: string | null

  private constructor(
    private readonly people: People,
    private readonly invite: Invite,
    shape: Shape
  ) {
    this.model = new InviteModel(shape)
    this.passcode = invite.passcode
  }

  static async make(people: People, shape: Shape): Promise<Pair> {
    const { kind, deleteOnUse, timed, maxUses } = shape
    const { id: targetObjectId } = await people.inviter.channel()
    const recipient = {
      named: { inviteeId: people.ann.id },
      mailed: { token: people.ann.email, identityProviderType: 'email' },
      link: { maxUses }
    }[kind]
    const window = timed ? { timed, endTime: new Date(Date.now() + 3_600_000).toISOString() } : {}
    const data = { inviteType: 'channel', targetObjectId, deleteOnUse, ...window, ...recipient }
    return new Pair(people, await people.inviter.invite(data), shape)
  }

  /** Does a step on both sides, and returns what each answered. */
  async do(step: Step): Promise<{ told: number | undefined; expected: number | undefined }> {
    return { told: await this.told(step), expected: this.model.step(step) }
  }

  private async told(step: Step): Promise<number | undefined> {
    const { id } = this.invite
    switch (step.do) {
      case 'accept':
      case 'decline': {
        const body = step.passcode === 'none' ? {} : { passcode: this.typed(step.passcode) }
        return (await this.people[step.who].call('POST', `/invite/${id}/${step.do}`, { body })).status
      }
      case 'preview':
        return (await call(server, 'POST', `/invite/${id}/preview`, { body: { passcode: this.typed(step.passcode) } }))
          .status
      case 'remove':
        return (await this.people[step.who].call('DELETE', `/invite/${id}`)).status
      case 'resend': {
        const reply = await this.people[step.who].call('POST', `/invite/${id}/resend`, { body: {} })
        if (reply.status === 202) this.passcode = reply.body.passcode
        return reply.status
      }
      case 'patch':
        return (await this.people[step.who].call('PATCH', `/invite/${id}`, { body: this.body(step.change) })).status
      case 'expire':
        await db('invites')
          .where({ id })
          .update({
            [this.model.shape.timed ? 'endTime' : 'expiresAt']: db.raw(`clock_timestamp() - interval '1 second'`)
          })
        return undefined
      case 'minute':
        await db('invites').where({ id }).update({ resentAt: null })
        return undefined
    }
  }

  private typed(passcode: 'right' | 'wrong') {
    return passcode === 'right' && this.passcode !== null ? this.passcode : 'nobody has this passcode'
  }

  private body(change: Change): object {
    if (change !== 'extend') return change
    const later = new Date(Date.now() + 86_400_000).toISOString()
    return this.model.shape.timed ? { endTime: later } : { expiresAt: later }
  }

  expected() {
    const { status, uses, maxUses, deleteOnUse, isRemoved, accepters } = this.model
    const who = accepters.map((one) => this.people[one].id).sort()
    const row = isRemoved ? undefined : { status, uses, maxUses, deleteOnUse }
    return { row, shown: row, members: who, accepted: who, told: who }
  }

  /** The same from the database, and from what the inviter reads. */
  async observed() {
    const { id, targetObjectId } = this.invite
    const row = await db('invites')
      .where({ id })
      .first(
        db.raw(`case when status in ('pending', 'expired')
          then case when deadline <= clock_timestamp() then 'expired' else 'pending' end else status end as status`),
        'uses',
        'maxUses',
        'deleteOnUse'
      )
    const reply = await this.people.inviter.call<Invite>('GET', `/invite/${id}`)
    const { status, uses, maxUses, deleteOnUse } = reply.body
    const ids = (rows: { userId: string }[]) => rows.map(({ userId }) => userId).sort()
    return {
      row,
      shown: reply.status === 200 ? { status, uses, maxUses, deleteOnUse } : undefined,
      members: ids(await db('channel_users').where({ channelId: targetObjectId, role: 'member' })),
      accepted: ids(await db('invite_acceptances').where({ inviteId: id })),
      told: ids(await db('invite_history').where({ inviteId: id, action: 'accepted' }))
    }
  }
}

it(
  'service, database and model agree after every step of any sequence',
  async () => {
    const people = await fourPeople()
    console.info(`${runs} sequences, seed ${seed}`)
    const reached = new Set<string>()
    await fc.assert(
      fc.asyncProperty(story, async ({ shapes, steps }) => {
        const pairs = await Promise.all(shapes.map((one) => Pair.make(people, one)))
        for (const { invite, step } of steps.flatMap(({ invite, steps }) => steps.map((step) => ({ invite, step })))) {
          const pair = pairs[invite % pairs.length]
          if (!pair) continue
          const { told, expected } = await pair.do(step)
          reached.add(`${step.do} ${told ?? ''}`)
          expect({ step, status: told }).toEqual({ step, status: expected })
          expect(await pair.observed()).toEqual(pair.expected())
        }
        // Nothing happened to an invite beside the one that was meant.
        for (const pair of pairs) expect(await pair.observed()).toEqual(pair.expected())
      }),
      { numRuns: runs, seed }
    )
    console.info(`reached: ${[...reached].sort().join(', ')}`)
  },
  runs * 15_000 + 60_000
)
