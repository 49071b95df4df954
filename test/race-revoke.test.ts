// Bulk revokes at the same moment as accepts, patches and other bulk revokes, against two server processes on one
// Postgres. For each invite some order of the calls, one after the other, must explain the answers and what the database
// has afterwards: support/checker.ts decides. RACE_ROUNDS and RACE_SEED as in race.test.ts.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { check, History, seeded, type Outcome } from './support/checker.js'
import { person, Person, type Reply } from './support/people.js'
import { useProcesses } from './support/processes.js'
import { onPostgres } from './support/server.js'

const rounds = Number(process.env['RACE_ROUNDS'] ?? 5)
const firstSeed = Number(process.env['RACE_SEED'] ?? Date.now() % 1_000_000_000)
const perRound = 60_000
const invitesPerRound = 12
const mostAttempts = 20

interface State {
  status: 'pending' | 'accepted' | 'revoked'
  patches: number
}
type Input = { do: 'accept' | 'patch' | 'revoke' | 'observe' }

/** A bulk call answers `in` for an invite that is among its rows, else `out`. */
function step(state: State, input: Input): Outcome<State>[] {
  const pending = state.status === 'pending'
  const stay = (answer: string) => [{ answer, state, settled: true }]
  switch (input.do) {
    case 'accept':
      return pending ? [{ answer: '200', state: { ...state, status: 'accepted' } }] : stay('409')
    case 'patch':
      return pending ? [{ answer: 'in', state: { ...state, patches: state.patches + 1 } }] : stay('out')
    case 'revoke':
      return pending ? [{ answer: 'in', state: { ...state, status: 'revoked' } }] : stay('out')
    default:
      return stay(JSON.stringify(state))
  }
}

describe.runIf(onPostgres)('on two server processes', async () => {
  const cluster = onPostgres ? await useProcesses(2) : undefined
  const servers = cluster?.servers ?? []
  const query = async (text: string, values: unknown[]): Promise<Record<string, unknown>[]> =>
    (await cluster?.db.query(text, values))?.rows ?? []
  let crowd: Person[] = []
  let inviter: Person
  beforeAll(async () => {
    const [server] = servers
    if (!server) return
    crowd = await Promise.all(Array.from({ length: 6 }, () => person(server)))
    inviter = await person(server, 'Inviter')
  })

  /** The same person at another process. */
  const at = (index: number, { id, name, email, password, token }: Person) =>
    new Person(servers[index % servers.length] ?? { url: '' }, id, name, email, password, token)

  /** Repeats a call that a busy server refuses with 503: nothing has changed then. */
  async function patiently(call: () => Promise<Reply>): Promise<Reply> {
    for (let attempt = 1; ; attempt++) {
      const reply = await call()
      if (reply.status !== 503 || attempt === mostAttempts) return reply
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  /** The history of an invite in the database, in the words of the model. One invite has one outcome. */
  async function observed(id: string): Promise<string> {
    const [row] = await query(
      `select i.status, i.uses,
         count(*) filter (where h.action = 'patched')::int as patches,
         count(*) filter (where h.action = 'accepted')::int as accepted,
         count(*) filter (where h.action = 'revoked')::int as revoked,
         (select count(*)::int from invite_acceptances a where a."inviteId" = i.id) as answers,
         (select count(*)::int from channel_users u where u."channelId" = i."targetObjectId" and u.role = 'member') as members
       from invites i join invite_history h on h."inviteId" = i.id where i.id = $1 group by i.id`,
      [id]
    )
    const { status, patches, revoked, ...accepts } = row ?? {}
    const isAccepted = Number(status === 'accepted')
    expect(accepts).toEqual({ uses: isAccepted, accepted: isAccepted, answers: isAccepted, members: isAccepted })
    expect(revoked).toBe(Number(status === 'revoked'))
    return JSON.stringify({ status, patches })
  }

  async function round(seed: number): Promise<string[]> {
    const random = seeded(seed)
    const links = await Promise.all(
      Array.from({ length: invitesPerRound }, () => inviter.bearerLink({ spawnDetails: { round: seed } }))
    )
    const histories = new Map(links.map(({ id }) => [id, new History<Input>()]))
    const later = () => new Promise((resolve) => setTimeout(resolve, random() * 60))
    const bulk = async (input: Input, call: () => Promise<Reply>) => {
      await later()
      const asked = performance.now()
      const reply = await patiently(call)
      const answered = performance.now()
      const rows = reply.body as Invite[]
      expect([input.do, reply.status]).toEqual([input.do, 200])
      const ids = rows.map(({ id }) => id)
      expect(ids).toEqual(ids.toSorted())
      for (const [id, { operations }] of histories) {
        operations.push({ input, answer: ids.includes(id) ? 'in' : 'out', asked, answered })
      }
    }
    const accept = async ({ id, passcode }: { id: string; passcode: string }, index: number) => {
      await later()
      const who = at(index, crowd[index % crowd.length] ?? inviter)
      await histories.get(id)?.record({ do: 'accept' }, async () => {
        const { status } = await patiently(() => who.accept(id, { passcode }))
        return String(status)
      })
    }
    const filter = { userId: inviter.id, spawnDetails: { round: seed } }
    const encoded = `filter=${encodeURIComponent(JSON.stringify(filter))}`
    await Promise.all([
      ...links.flatMap((link, index) => [accept(link, index), accept(link, index + 1)]),
      ...[0, 1, 2].map((index) =>
        bulk({ do: 'patch' }, () => at(index, inviter).patch(filter, { spawnType: 'spectate' }))
      ),
      ...[0, 1].map((index) =>
        bulk({ do: 'revoke' }, () => at(index, inviter).call('DELETE', '/invite', { query: encoded }))
      )
    ])
    const initial: State = { status: 'pending', patches: 0 }
    const stories: string[] = []
    for (const [id, history] of histories) {
      await history.record({ do: 'observe' }, () => observed(id))
      const { linearizable, story } = check({ initial, step }, history.operations)
      if (!linearizable) stories.push(`seed ${seed}: no order explains what happened to an invite\n${story}`)
    }
    return stories
  }

  it(
    'every invite is accepted or revoked, once: no accepted invite is revoked, and no call waits for another for ever',
    async () => {
      const unexplained: string[] = []
      for (let index = 0; index < rounds; index++) unexplained.push(...(await round(firstSeed + index)))
      expect(unexplained).toEqual([])
      const outcomes = await query(`select status, count(*)::int from invites group by 1 order by 1`, [])
      console.info(`bulk revokes: ${rounds} rounds, seeds from ${firstSeed}, ${JSON.stringify(outcomes)}`)
      expect(outcomes.map(({ status }) => status)).toEqual(['accepted', 'revoked'])
      // A deadlock is repeated, so no client hears of it. There is none.
      const [{ deadlocks } = {}] = await query(
        'select deadlocks::int from pg_stat_database where datname = current_database()',
        []
      )
      expect(deadlocks).toBe(0)
      expect(servers.flatMap((server) => server.log().match(/^.*"level":(?:50|60).*$/gm) ?? [])).toEqual([])
    },
    rounds * perRound
  )
})
