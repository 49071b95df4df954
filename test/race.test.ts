// Calls at the same moment, against two server processes on one Postgres. Some order of the calls, one after the other, must
// explain the answers and the content of the database afterwards: support/checker.ts decides. RACE_ROUNDS says how often,
// RACE_SEED repeats a round that failed.
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { check, History, seeded, type Model, type Outcome } from './support/checker.js'
import { until } from './support/patience.js'
import { admin, call, newAddress, person, Person, type Reply } from './support/people.js'
import { useProcesses } from './support/processes.js'
import { onPostgres, useServer } from './support/server.js'

const rounds = Number(process.env['RACE_ROUNDS'] ?? 5)
const firstSeed = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000_000)
const perRound = 60_000
const mostAttempts = 20

if (!process.env['TEST_DATABASE_URL']) {
  console.warn('The races are skipped: they need TEST_DATABASE_URL, a real Postgres for two server processes.')
}

type Input =
  | { do: 'accept'; who: string; invite?: string }
  | { do: 'revoke' | 'decline' | 'demote' | 'observe' }
  | { do: 'patch'; type: string }
  | { do: 'resend'; passcode?: string }
  | { do: 'create'; id?: string }

/** An invite as the races see it. */
interface State {
  status: string
  uses: number
  maxUses: number
  type: string
  /** The people who accepted, and the type of row that each was given: `who:type`. */
  given: string[]
  makeAdmin: boolean
  granterIsAdmin: boolean
}

const start = (more: Partial<State> = {}): State => ({
  status: 'pending',
  uses: 0,
  maxUses: 1,
  type: 'channel',
  given: [],
  makeAdmin: false,
  granterIsAdmin: true,
  ...more
})

/** The rows that the database has in a state: an acceptance has one stored answer, one history row, one effect. */
const observed = ({ status, uses, given }: Pick<State, 'status' | 'uses' | 'given'>, admins: string[]) => {
  const who = given.map((effect) => effect.split(':')[0])
  return JSON.stringify({ status, uses, kept: who, history: who, effects: given, admins })
}

const stay = <S>(state: S, answer: string): Outcome<S>[] => [{ answer, state, settled: true }]

function step(state: State, input: Input): Outcome<State>[] {
  const pending = state.status === 'pending'
  switch (input.do) {
    case 'accept': {
      if (state.given.some((effect) => effect.startsWith(`${input.who}:`))) return stay(state, '200')
      if (!pending) return stay(state, '409')
      if (state.makeAdmin && !state.granterIsAdmin) return stay(state, '403')
      const uses = state.uses + 1
      const given = [...state.given, `${input.who}:${state.type}`].sort()
      return [
        { answer: '200', state: { ...state, uses, given, status: uses < state.maxUses ? 'pending' : 'accepted' } }
      ]
    }
    case 'revoke':
      return pending ? [{ answer: '200', state: { ...state, status: 'revoked' } }] : stay(state, '409')
    case 'decline':
      return pending ? [{ answer: '200', state: { ...state, status: 'declined' } }] : stay(state, '409')
    case 'patch':
      return pending ? [{ answer: '200', state: { ...state, type: input.type } }] : stay(state, '409')
    case 'demote':
      return [{ answer: '200', state: { ...state, granterIsAdmin: false } }]
    case 'observe': {
      const admins = state.makeAdmin ? state.given.map((effect) => effect.split(':')[0] ?? '') : []
      return stay(state, observed(state, admins))
    }
    default:
      return []
  }
}

describe.runIf(onPostgres)('on two server processes', async () => {
  const cluster = onPostgres ? await useProcesses(2) : undefined
  const servers = cluster?.servers ?? []
  const query = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> =>
    ((await cluster?.db.query(text, values))?.rows as Row[] | undefined) ?? []
  const ids = async (text: string, values: unknown[]) =>
    (await query<{ userId: string }>(text, values)).map(({ userId }) => userId)

  /** Answers that a server was too busy. */
  let busy = 0
  let crowd: Person[] = []
  let inviter: Person
  let boss: Person
  beforeAll(async () => {
    const [server] = servers
    if (!server) return
    crowd = await Promise.all(Array.from({ length: 20 }, () => person(server)))
    inviter = await person(server, 'Inviter')
    boss = await admin(server)
  })

  // Nothing unforeseen in either process, whatever clients were told: no deadlock, no stuck lock, no broken rule. That
  // there are more calls than connections is foreseen, and that on a slow machine the last in the line for one row is
  // told after two seconds to come again; but nobody has kept a lock, for nobody is in a transaction any more.
  afterEach(async () => {
    const errors = servers
      .flatMap((server) => server.log().match(/^.*"level":(?:50|60).*$/gm) ?? [])
      .filter((line) => !line.includes('"type":"KnexTimeoutError"') && !line.includes('"code":"55P03"'))
    if (errors.length > 0) throw new Error(`a server logged errors:\n${errors.join('\n')}`)
    // Sooner than Postgres itself would end a transaction that stands still.
    const open = `select 1 from pg_stat_activity
      where datname = current_database() and xact_start is not null and pid <> pg_backend_pid()`
    await until(async () => (await query(open, [])).length === 0, 'the end of every transaction', 8000)
  })

  /** The same person at the other process. */
  const at = (index: number, { id, name, email, password, token }: Person) =>
    new Person(servers[index % servers.length] ?? { url: '' }, id, name, email, password, token)

  /** People of a race by the letters that its history calls them. */
  const named = (people: Person[]) => new Map(people.map(({ id }, index) => [id, `p${String(index).padStart(2, '0')}`]))

  const answerOf = (reply: Reply) => String(reply.status)

  interface Race {
    seed: number
    random: () => number
    history: History<Input>
    /** Records a call that begins within the next milliseconds. */
    call: (input: Input, run: () => Promise<Reply>, answer?: (reply: Reply, asked: Input) => string) => void
    /** Waits for all of them. */
    over: () => Promise<void>
  }

  function race(seed: number, spreadMs = 4): Race {
    const random = seeded(seed)
    const history = new History<Input>()
    const calls: (() => Promise<void>)[] = []
    return {
      seed,
      random,
      history,
      call: (input, run, answer = answerOf) => {
        const delay = random() * spreadMs
        calls.push(async () => {
          await new Promise((resolve) => setTimeout(resolve, delay))
          // A server that is too busy says 503, which means: nothing has changed, try again. So do clients.
          for (let attempt = 0; attempt < mostAttempts; attempt++) {
            let isBusy = false
            const asked = { ...input }
            await history.record(asked, async () => {
              const reply = await run()
              isBusy = reply.status === 503 && reply.headers.has('retry-after')
              return answer(reply, asked)
            })
            if (!isBusy) return
            busy += 1
            await new Promise((resolve) => setTimeout(resolve, 100 + random() * 400))
          }
        })
      },
      over: async () => {
        await Promise.all(calls.sort(() => random() - 0.5).map((call) => call()))
      }
    }
  }

  /** The history, where no order of its calls explains it. */
  function judge<S>(model: Model<S, Input>, { seed, history }: Race): string | undefined {
    const step = (state: S, input: Input) => [...model.step(state, input), ...stay(state, '503')]
    const { linearizable, story } = check({ ...model, step }, history.operations)
    return linearizable ? undefined : `seed ${seed}: no order explains this history\n${story}`
  }

  /** Runs a race with a seed for each round, prints which seeds these were, and returns what cannot be explained. */
  async function everyRound(name: string, run: (seed: number) => Promise<string | undefined>): Promise<string[]> {
    const unexplained: string[] = []
    for (let round = 0; round < rounds; round++) {
      const story = await run(firstSeed + round)
      if (story !== undefined) unexplained.push(story)
    }
    console.info(`${name}: ${rounds} rounds, seeds ${firstSeed}–${firstSeed + rounds - 1}, ${busy} times 503`)
    busy = 0
    return unexplained
  }

  /** The state of an invite into a channel or a location, read from the database, in the words of the model. */
  async function observe(
    history: History<Input>,
    invite: string,
    names: Map<string, string>,
    places: { channel?: string; location?: string }
  ) {
    const called = (userIds: string[]) => userIds.map((id) => names.get(id) ?? id).sort()
    await history.record({ do: 'observe' }, async () => {
      const [row] = await query<{ status: string; uses: number }>('select status, uses from invites where id = $1', [
        invite
      ])
      const kept = called(await ids('select "userId" from invite_acceptances where "inviteId" = $1', [invite]))
      const past = called(
        await ids(`select "userId" from invite_history where "inviteId" = $1 and action = 'accepted'`, [invite])
      )
      const members = async (table: string, key: string, type: string, id: string | undefined) =>
        called(await ids(`select "userId" from ${table} where "${key}" = $1 and role = 'member'`, [id ?? null])).map(
          (who) => `${who}:${type}`
        )
      const effects = [
        ...(await members('channel_users', 'channelId', 'channel', places.channel)),
        ...(await members('location_authorized_users', 'locationId', 'location', places.location))
      ].sort()
      const admins = called(
        await ids(`select "userId" from scopes where type = 'admin:admin' and "userId" = any($1::uuid[])`, [
          [...names.keys()]
        ])
      )
      return JSON.stringify({ status: row?.status, uses: row?.uses, kept, history: past, effects, admins })
    })
  }

  const accept = (one: Race, who: Person, index: number, name: string, id: string, passcode?: string) =>
    one.call({ do: 'accept', who: name }, () => at(index, who).accept(id, passcode === undefined ? {} : { passcode }))

  it.each([1, 20])(
    'a hundred accepts of a single-use invite by %i people: one succeeds, and everybody else is told 409',
    async (people) => {
      const unexplained = await everyRound(`100 accepts by ${people}`, async (seed) => {
        const one = race(seed)
        const crowdOf = crowd.slice(0, people)
        const names = named(crowdOf)
        const link = await inviter.bearerLink()
        for (let index = 0; index < 100; index++) {
          const who = crowdOf[index % people]
          if (who) accept(one, who, Math.floor(one.random() * 2), names.get(who.id) ?? '', link.id, link.passcode)
        }
        await one.over()
        await observe(one.history, link.id, names, { channel: link.targetObjectId ?? '' })
        return judge({ initial: start(), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'accepts against maxUses: as many as allowed',
    async () => {
      const unexplained = await everyRound('accepts against maxUses', async (seed) => {
        const one = race(seed)
        const maxUses = 2 + Math.floor(one.random() * 4)
        const crowdOf = crowd.slice(0, 12)
        const names = named(crowdOf)
        const link = await inviter.bearerLink({ maxUses })
        for (let index = 0; index < 24; index++) {
          const who = crowdOf[index % 12]
          if (who) accept(one, who, index, names.get(who.id) ?? '', link.id, link.passcode)
        }
        await one.over()
        await observe(one.history, link.id, names, { channel: link.targetObjectId ?? '' })
        return judge({ initial: start({ maxUses }), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'accepts against a revoke: either is first, and both answers hold',
    async () => {
      const unexplained = await everyRound('accept against revoke', async (seed) => {
        const one = race(seed, 30)
        const crowdOf = crowd.slice(0, 6)
        const names = named(crowdOf)
        const link = await inviter.bearerLink({ maxUses: 4 })
        crowdOf.forEach((who, index) => accept(one, who, index, names.get(who.id) ?? '', link.id, link.passcode))
        for (const index of [0, 1]) {
          one.call({ do: 'revoke' }, () => at(index, inviter).call('DELETE', `/invite/${link.id}`))
        }
        await one.over()
        await observe(one.history, link.id, names, { channel: link.targetObjectId ?? '' })
        return judge({ initial: start({ maxUses: 4 }), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'accept, decline and revoke of one invite: one of them happened',
    async () => {
      const unexplained = await everyRound('accept, decline, revoke', async (seed) => {
        const one = race(seed, 12)
        const invitee = crowd[0]
        if (!invitee) throw new Error('nobody is there')
        const names = named([invitee])
        const invite = await inviter.inviteToChannel(invitee)
        for (const index of [0, 1]) {
          accept(one, invitee, index, 'p00', invite.id)
          one.call({ do: 'decline' }, () =>
            at(index, invitee).call('POST', `/invite/${invite.id}/decline`, { body: {} })
          )
          one.call({ do: 'revoke' }, () => at(index + 1, inviter).call('DELETE', `/invite/${invite.id}`))
        }
        await one.over()
        await observe(one.history, invite.id, names, { channel: invite.targetObjectId ?? '' })
        return judge({ initial: start(), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'accepts against a patch of inviteType: what was accepted is what was given',
    async () => {
      const unexplained = await everyRound('accept against patch of inviteType', async (seed) => {
        const one = race(seed, 15)
        const invitee = crowd[1]
        if (!invitee) throw new Error('nobody is there')
        const names = named([invitee])
        const [channel, location] = [await inviter.channel(), await inviter.location()]
        const { id } = await inviter.invite({
          inviteType: 'channel',
          targetObjectId: channel.id,
          inviteeId: invitee.id
        })
        const targets = [
          { inviteType: 'location', targetObjectId: location.id },
          { inviteType: 'channel', targetObjectId: channel.id }
        ]
        targets.forEach((body, index) =>
          one.call({ do: 'patch', type: body.inviteType }, () =>
            at(index, inviter).call('PATCH', `/invite/${id}`, { body })
          )
        )
        for (const index of [0, 1, 2]) accept(one, invitee, index, 'p00', id)
        await one.over()
        await observe(one.history, id, names, { channel: channel.id, location: location.id })
        return judge({ initial: start(), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'an inviter demoted while their makeAdmin invite is accepted: nobody is made an administrator after that',
    async () => {
      const unexplained = await everyRound('demotion against makeAdmin', async (seed) => {
        const one = race(seed, 15)
        const [server] = servers
        if (!server) throw new Error('no server')
        const [granter, invitee] = await Promise.all([person(server), person(server)])
        const scope = await boss.must<{ id: string }>('POST', '/scope', { userId: granter.id, type: 'admin:admin' })
        const invite = await granter.inviteToChannel(invitee, { makeAdmin: true })
        for (const index of [0, 1, 2]) accept(one, invitee, index, 'p00', invite.id)
        one.call({ do: 'demote' }, () => at(Math.floor(one.random() * 2), boss).call('DELETE', `/scope/${scope.id}`))
        await one.over()
        await observe(one.history, invite.id, named([invitee]), { channel: invite.targetObjectId ?? '' })
        return judge({ initial: start({ makeAdmin: true }), step }, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'twenty resends of a link: one passcode opens it afterwards, the one that was told last',
    async () => {
      const unexplained = await everyRound('resend ×20', async (seed) => {
        const one = race(seed)
        const link = await inviter.bearerLink()
        for (let index = 0; index < 20; index++) {
          one.call(
            { do: 'resend' },
            () => at(index, inviter).call('POST', `/invite/${link.id}/resend`, { body: {} }),
            (reply, asked) => {
              if (asked.do === 'resend' && reply.body.passcode) asked.passcode = reply.body.passcode
              return answerOf(reply)
            }
          )
        }
        await one.over()
        const told = one.history.operations.flatMap(({ input }) =>
          input.do === 'resend' && input.passcode ? [input.passcode] : []
        )
        await one.history.record({ do: 'observe' }, async () => {
          const good: string[] = []
          for (const passcode of [link.passcode, ...told]) {
            const reply = await boss.call('POST', `/invite/${link.id}/preview`, { body: { passcode } })
            if (reply.status === 200) good.push(passcode)
          }
          return good.join()
        })
        const model: Model<{ passcode: string; resent: boolean }, Input> = {
          initial: { passcode: link.passcode, resent: false },
          step(state, input) {
            if (input.do === 'observe') return stay(state, state.passcode)
            if (input.do !== 'resend') return []
            if (state.resent) return stay(state, '429')
            return [{ answer: '202', state: { passcode: input.passcode ?? '', resent: true } }]
          }
        }
        return judge(model, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  it(
    'twenty resends to an address: the passcode that is mailed is the one that is valid',
    async () => {
      await everyRound('resend ×20 to an address', async (seed) => {
        const one = race(seed)
        const { id } = await inviter.inviteAddress()
        const first = await cluster?.mailedPasscode(id)
        for (let index = 0; index < 20; index++) {
          one.call({ do: 'resend' }, () => at(index, inviter).call('POST', `/invite/${id}/resend`, { body: {} }))
        }
        await one.over()
        expect(
          one.history.operations.filter(({ answer }) => answer === '202'),
          `seed ${seed}`
        ).toHaveLength(1)
        expect(
          one.history.operations.filter(({ answer }) => answer === '429'),
          `seed ${seed}`
        ).toHaveLength(19)
        const second = await cluster?.mailedPasscode(id, first)
        const tried = await Promise.all(
          [first, second].map((passcode) => boss.call('POST', `/invite/${id}/preview`, { body: { passcode } }))
        )
        expect(
          tried.map(({ status }) => status),
          `seed ${seed}`
        ).toEqual([404, 200])
        const queued = await query('select status from outbox where "subjectId" = $1', [id])
        expect(queued, `seed ${seed}`).toHaveLength(2)
      })
    },
    rounds * perRound
  )

  it(
    'the same Idempotency-Key fifty times: one row, and one answer to all who get one',
    async () => {
      const unexplained = await everyRound('Idempotency-Key ×50', async (seed) => {
        const one = race(seed, 40)
        const token = newAddress()
        const headers = { 'idempotency-key': `race ${seed}` }
        const body = { inviteType: 'friend', token, identityProviderType: 'email' }
        for (let index = 0; index < 50; index++) {
          one.call(
            { do: 'create' },
            () => at(index, inviter).call('POST', '/invite', { body, headers }),
            (reply, asked) => {
              if (asked.do === 'create' && reply.status === 201) asked.id = reply.body.id
              return answerOf(reply)
            }
          )
        }
        await one.over()
        await one.history.record({ do: 'observe' }, async () =>
          (await query<{ id: string }>('select id from invites where token = $1', [token])).map(({ id }) => id).join()
        )
        const model: Model<{ id: string }, Input> = {
          initial: { id: '' },
          step(state, input) {
            if (input.do === 'observe') return stay(state, state.id)
            if (input.do !== 'create') return []
            // While the first is running nothing is there yet; afterwards its answer is replayed.
            if (state.id !== '') return state.id === input.id ? stay(state, '201') : []
            return [...stay(state, '409'), { answer: '201', state: { id: input.id ?? '' } }]
          }
        }
        const answers = one.history.operations.filter(({ input }) => input.do === 'create')
        expect(answers.some(({ answer }) => answer === '201')).toBe(true)
        return judge(model, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )

  /** Answers by status. A server that is too busy is asked again, so its 503 count for nothing. */
  const answered = ({ history }: Race) =>
    history.operations.map(({ answer }) => answer).filter((answer) => answer !== '503')

  const deadlocks = async () =>
    (
      await query<{ count: string }>(
        'select deadlocks as count from pg_stat_database where datname = current_database()',
        []
      )
    )[0]?.count

  it.each(['channel', 'friend'])(
    'thirty accepts by one person through several links to one %s: one of them is used, once',
    async (inviteType) => {
      const before = await deadlocks()
      await everyRound(`30 accepts through 6 links, ${inviteType}`, async (seed) => {
        const one = race(seed)
        const [server] = servers
        if (!server) throw new Error('no server')
        const [owner, guestOfAll] = await Promise.all([person(server), person(server)])
        const targetObjectId = inviteType === 'channel' ? (await owner.channel()).id : null
        const body = { inviteType, targetObjectId }
        const links = await Promise.all([1, 1, 1, 5, 5, 5].map((maxUses) => owner.invite({ ...body, maxUses })))
        for (let index = 0; index < 30; index++) {
          const { id = '', passcode } = links[index % links.length] ?? {}
          accept(one, guestOfAll, index >> 1, 'p00', id, passcode ?? '')
        }
        await one.over()
        expect(answered(one), `seed ${seed}`).toEqual(Array.from({ length: 30 }, () => '200'))
        const linkIds = [links.map(({ id }) => id)]
        const used = await query<{ uses: number }>('select uses from invites where id = any($1::uuid[])', linkIds)
        expect(
          used.map(({ uses }) => uses).sort((a, b) => a - b),
          `seed ${seed}`
        ).toEqual([0, 0, 0, 0, 0, 1])
        for (const text of [
          `select 1 from invite_history where action = 'accepted' and "inviteId" = any($1::uuid[])`,
          'select 1 from invite_acceptances where "inviteId" = any($1::uuid[])'
        ]) {
          expect(await query(text, linkIds), `seed ${seed}`).toHaveLength(1)
        }
        return undefined
      })
      expect(await deadlocks()).toBe(before)
    },
    rounds * perRound
  )

  it(
    'people who leave and accept a link again at the same moment: each use gave something',
    async () => {
      await everyRound('accepts against unfriending', async (seed) => {
        const one = race(seed, 20)
        const [server] = servers
        if (!server) throw new Error('no server')
        const [owner, friend] = await Promise.all([person(server), person(server)])
        const link = await owner.invite({ inviteType: 'friend', maxUses: 50 })
        const { passcode } = link
        if (passcode === null) throw new Error('no passcode')
        for (let index = 0; index < 12; index++) {
          accept(one, friend, index, 'p00', link.id, passcode)
          one.call({ do: 'demote' }, async () => {
            const { body } = await at(index, friend).call('GET', '/user-relationship')
            return at(index + 1, friend).call('DELETE', `/user-relationship/${body.data?.[0]?.id ?? friend.id}`)
          })
        }
        await one.over()
        const ended = one.history.operations.filter(({ input, answer }) => input.do === 'demote' && answer === '200')
        const rows = await query('select 1 from user_relationships where "userId" = $1', [friend.id])
        const [used] = await query<{ uses: number }>('select uses from invites where id = $1', [link.id])
        expect(used?.uses, `seed ${seed}`).toBe(ended.length + rows.length)
        return undefined
      })
    },
    rounds * perRound
  )

  it(
    'six invites to one address, answered and patched at the same moment: one account, and the others end',
    async () => {
      const before = await deadlocks()
      await everyRound('registrations for one address', async (seed) => {
        const one = race(seed, 10)
        const [server] = servers
        if (!server) throw new Error('no server')
        // An account that has not verified the address keeps nobody out.
        const squatter = await person(server)
        const to = { token: squatter.email, identityProviderType: 'email' }
        const types = ['new-user', 'friend', 'new-user', 'new-user', 'friend', 'new-user']
        const invites = await Promise.all(
          types.map((inviteType, index) => (crowd[index] as Person).invite({ ...to, inviteType }))
        )
        const passcodes = await Promise.all(invites.map(async ({ id }) => cluster?.mailedPasscode(id)))
        const register = { name: 'Owner', password: 'a password of some length' }
        invites.forEach(({ id }, index) => {
          for (const process of [0, 1]) {
            const where = servers[process]
            const body = { passcode: passcodes[index], register }
            if (where) {
              one.call({ do: 'accept', who: 'new' }, () => call(where, 'POST', `/invite/${id}/accept`, { body }))
            }
          }
        })
        const filter = { token: squatter.email }
        for (const index of [0, 1, 0, 1]) {
          one.call({ do: 'patch', type: '' }, () => at(index, boss).patch(filter, { spawnType: 'spectate' }))
        }
        await one.over()
        const made = one.history.operations.filter(({ answer }) => answer === '201')
        expect(made, `seed ${seed}`).toHaveLength(1)
        expect(
          answered(one).filter((answer) => !['200', '201', '401', '409'].includes(answer ?? '')),
          `seed ${seed}`
        ).toEqual([])
        const holders = await query<{ userId: string }>(
          'select "userId" from identity_providers where token = $1 and verified',
          [squatter.email]
        )
        expect(holders, `seed ${seed}`).toHaveLength(1)
        expect(holders[0]?.userId).not.toBe(squatter.id)
        const states = await query<{ inviteType: string; status: string }>(
          'select "inviteType", status from invites where token = $1',
          [squatter.email]
        )
        const count = (type: string, status: string) =>
          states.filter((row) => row.inviteType === type && row.status === status).length
        expect(count('new-user', 'pending'), `seed ${seed}`).toBe(0)
        expect(count('new-user', 'accepted') + count('friend', 'accepted'), `seed ${seed}`).toBe(1)
        expect(count('new-user', 'revoked'), `seed ${seed}`).toBe(4 - count('new-user', 'accepted'))
        return undefined
      })
      expect(await deadlocks()).toBe(before)
    },
    rounds * perRound
  )

  it(
    'A→B and B→A accepted at the same moment: one friendship, both invites used',
    async () => {
      const unexplained = await everyRound('friends both ways', async (seed) => {
        const one = race(seed)
        const [server] = servers
        if (!server) throw new Error('no server')
        const [ann, bob] = await Promise.all([person(server), person(server)])
        const [toBob, toAnn] = [
          await ann.invite({ inviteType: 'friend', inviteeId: bob.id }),
          await bob.invite({ inviteType: 'friend', inviteeId: ann.id })
        ]
        for (const index of [0, 1, 2]) {
          one.call({ do: 'accept', who: 'bob', invite: 'toBob' }, () => at(index, bob).accept(toBob.id))
          one.call({ do: 'accept', who: 'ann', invite: 'toAnn' }, () => at(index + 1, ann).accept(toAnn.id))
        }
        await one.over()
        await one.history.record({ do: 'observe' }, async () => {
          const rows = await query<{ userId: string; userRelationshipType: string }>(
            'select "userId", "userRelationshipType" from user_relationships where "userId" = any($1::uuid[])',
            [[ann.id, bob.id]]
          )
          const used = await query<{ id: string }>(`select id from invites where id = any($1::uuid[]) and uses = 1`, [
            [toBob.id, toAnn.id]
          ])
          const accepted = await ids(
            `select "userId" from invite_history where "inviteId" = any($1::uuid[]) and action = 'accepted'`,
            [[toBob.id, toAnn.id]]
          )
          return `${rows.filter(({ userRelationshipType }) => userRelationshipType === 'friend').length} ${used.length} ${accepted.length}`
        })
        const model: Model<{ accepted: string[] }, Input> = {
          initial: { accepted: [] },
          step(state, input) {
            const { accepted } = state
            if (input.do === 'observe') {
              return stay(state, `${accepted.length > 0 ? 2 : 0} ${accepted.length} ${accepted.length}`)
            }
            if (input.do !== 'accept') return []
            if (accepted.includes(input.invite ?? '')) return stay(state, '200')
            const after = [...accepted, input.invite ?? ''].sort()
            return [{ answer: '200', state: { accepted: after } }]
          }
        }
        return judge(model, one)
      })
      expect(unexplained).toEqual([])
    },
    rounds * perRound
  )
})

describe('administrators', async () => {
  const server = await useServer()
  const adminRights = () => server.db('scopes').where({ type: 'admin:admin' }).select('id', 'userId')

  it('who take each other’s right away at the same moment leave one, who stays', async () => {
    const [first, second] = [await admin(server), await person(server)]
    await first.must('POST', '/scope', { userId: second.id, type: 'admin:admin' })
    for (let round = 0; round < 10; round++) {
      const rights = await adminRights()
      const rightOf = ({ id }: Person) => rights.find(({ userId }) => userId === id)?.id
      const replies = await Promise.all([
        first.call('DELETE', `/scope/${rightOf(second)}`),
        second.call('DELETE', `/scope/${rightOf(first)}`)
      ])
      const statuses = replies.map(({ status }) => status)
      expect(statuses.filter((status) => status === 200)).toHaveLength(1)
      expect([403, 409]).toContain(statuses.find((status) => status !== 200))
      const [left, ...others] = await adminRights()
      expect(others).toEqual([])
      const [winner, loser] = left.userId === first.id ? [first, second] : [second, first]
      const own = await winner.call('DELETE', `/scope/${left.id}`)
      expect([own.status, own.body.data.reason]).toEqual([409, 'last-admin'])
      await winner.must('POST', '/scope', { userId: loser.id, type: 'admin:admin' })
    }
  })

  it('of whom there are three leave one too, when each takes the right of the next away', async () => {
    const boss = await admin(server)
    const three = [boss, await person(server), await person(server)]
    for (const one of three) {
      if (one !== boss) await boss.must('POST', '/scope', { userId: one.id, type: 'admin:admin' })
    }
    await server
      .db('scopes')
      .where({ type: 'admin:admin' })
      .whereNotIn(
        'userId',
        three.map(({ id }) => id)
      )
      .delete()
    const rights = await adminRights()
    const rightOf = (id?: string) => rights.find(({ userId }) => userId === id)?.id
    const replies = await Promise.all(
      three.map((one, n) => one.call('DELETE', `/scope/${rightOf(three[(n + 1) % 3]?.id)}`))
    )
    for (const { status } of replies) expect([200, 403, 409]).toContain(status)
    expect((await adminRights()).length).toBe(3 - replies.filter(({ status }) => status === 200).length)
    expect((await adminRights()).length).toBeGreaterThan(0)
  })
})
