// Postgres ends the connection that a call is using, at each step of it; asks for a repetition; or lets it wait too
// long. A call is done whole or not at all, says 503 when not, and the next one succeeds without a restart.
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Invite } from '../src/services/invite/invite.table.js'
import { canHaveCluster, lateClosing, useFaultyWorld } from './support/cluster.js'
import { sleep, until } from './support/patience.js'
import { person, type Person, type Reply } from './support/people.js'
import { startProcess } from './support/processes.js'
import { SocketClient } from './support/sockets.js'

/**
 * Places where a backend can be ended: it is told so there while the place is armed, and looks at that when it sleeps.
 * It tells itself, because whoever watched it from outside would have to be fast enough.
 */
const places = `
  create schema fault;
  create table fault.armed (place text primary key);
  create function fault.strike(name text) returns void language plpgsql as $$
  begin
    if exists (select 1 from fault.armed where place = name) then
      perform pg_terminate_backend(pg_backend_pid());
      perform pg_sleep(4);
    end if;
  end $$;
  create function fault.at() returns trigger language plpgsql as $$
  begin
    perform fault.strike(tg_argv[0]);
    return new;
  end $$;
  create trigger fault_update before update on invites for each row execute function fault.at('UPDATE');
  create constraint trigger fault_commit after insert on invite_history deferrable initially deferred
    for each row execute function fault.at('COMMIT');
  alter function people_and_places(uuid[], uuid[], uuid[], text[]) rename to people_and_places_as_it_was;
  create function people_and_places(a uuid[], b uuid[], c uuid[], d text[]) returns json volatile language plpgsql as $$
  begin
    perform fault.strike('populate');
    return people_and_places_as_it_was(a, b, c, d);
  end $$;
  create table fault.trouble (code text, times int);
  create sequence fault.attempts;
  create function fault.raise() returns trigger language plpgsql as $$
  declare wanted fault.trouble;
  begin
    -- Not for who tidies once a minute: it is the call that is counted.
    if current_query() like '%with overdue as%' then return new; end if;
    select * into wanted from fault.trouble;
    -- A sequence counts on when the transaction is rolled back.
    if wanted.code is not null and nextval('fault.attempts') <= wanted.times then
      raise exception using errcode = wanted.code, message = 'try again';
    end if;
    return new;
  end $$;
  create trigger fault_raise before update on invites for each statement execute function fault.raise();
`

const here = canHaveCluster('Faults of single connections')

describe.runIf(here)('a fault of the connection', async () => {
  const world = here ? await useFaultyWorld() : undefined
  if (!world) return
  const { server, db, postgres } = world
  let ada: Person
  let bob: Person
  let invites: Invite[]
  let heard: Invite[]

  beforeAll(async () => {
    await db.query(places)
    ada = await person(server, 'Ada')
    bob = await person(server, 'Bob')
    const { id } = await ada.channel()
    const item = { inviteType: 'channel', targetObjectId: id, maxUses: 50 }
    invites = await ada.must<Invite[]>('POST', '/invite', [item, item, item])
    const socket = await SocketClient.open(server, ada.token)
    heard = []
    socket.socket.on('invite patched', (invite: Invite) => heard.push(invite))
    return () => socket.close()
  })

  const rowsOf = async (ids: string[]) =>
    (await db.query('select id, "spawnType", uses, status from invites where id = any($1) order by id', [ids])).rows
  const historyOf = async (ids: string[]) =>
    Number((await db.query('select count(*) from invite_history where "inviteId" = any($1)', [ids])).rows[0].count)

  function expectAway(reply: Reply) {
    expect([reply.status, reply.body?.className, reply.body?.name]).toEqual([503, 'unavailable', 'Unavailable'])
    expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(reply.text).not.toMatch(/select|update|terminat|connection|postgres/i)
  }

  /** The backend of the service that waits as told, by pg_stat_activity. */
  const waiting = (condition: string) =>
    until(
      async () =>
        (
          await db.query<{ pid: number }>(
            `select pid from pg_stat_activity where application_name = 'invite-service' and ${condition}`
          )
        ).rows[0]?.pid,
      `a backend with ${condition}`
    )
  const terminate = (pid: number) => db.query('select pg_terminate_backend($1)', [pid])
  const arm = (place: string) => db.query('insert into fault.armed values ($1)', [place])
  const disarm = () => db.query('delete from fault.armed')

  const ids = () => invites.map(({ id }) => id)
  let change = 0
  /** A PATCH of three rows to something that none of them is. */
  const patchAll = () =>
    ada.patch({ id: { $in: ids() } }, { spawnDetails: { spawnPoint: `point ${++change}` }, spawnType: 'spawnPoint' })

  for (const place of ['UPDATE', 'populate', 'COMMIT']) {
    it(`ends at ${place} of a PATCH: 503, nothing changed, nobody told; then it works`, async () => {
      const [before, history, events] = [await rowsOf(ids()), await historyOf(ids()), heard.length]
      await arm(place)
      expectAway(await patchAll())
      await disarm()
      expect(await rowsOf(ids())).toEqual(before)
      expect(await historyOf(ids())).toBe(history)

      const again = await patchAll()
      expect(again.status).toBe(200)
      await until(() => heard.length >= events + 3, 'the events of the PATCH that was done')
      expect(heard.slice(events).map(({ spawnDetails }) => spawnDetails)).toEqual(
        invites.map(() => ({ spawnPoint: `point ${change}` }))
      )
    })

    it(`ends at ${place} of an acceptance: 503, nobody joined; then it works`, async () => {
      const link = await ada.bearerLink({ maxUses: 3 })
      await arm(place)
      expectAway(await bob.accept(link.id, { passcode: link.passcode }))
      await disarm()
      const members = 'select 1 from channel_users where "channelId" = $1 and "userId" = $2'
      expect((await db.query(members, [link.targetObjectId, bob.id])).rowCount).toBe(0)
      expect(await rowsOf([link.id])).toMatchObject([{ uses: 0, status: 'pending' }])
      expect(await historyOf([link.id])).toBe(1)

      expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
      expect((await db.query(members, [link.targetObjectId, bob.id])).rowCount).toBe(1)
    })
  }

  it('ends at COMMIT, and its socket stays open for a while: the next call uses another', async () => {
    const proxy = await lateClosing(postgres.url, 1500)
    const behind = await startProcess({ ...world.environment, DATABASE_URL: proxy.url, DATABASE_POOL_SIZE: '1' })
    try {
      const cat = await person(behind, 'Cat')
      const link = await ada.bearerLink({ maxUses: 3 })
      await arm('COMMIT')
      const reply = await cat.accept(link.id, { passcode: link.passcode })
      await disarm()
      expectAway(reply)
      expect((await cat.accept(link.id, { passcode: link.passcode })).status).toBe(200)
    } finally {
      await behind.kill()
      proxy.close()
    }
  })

  it('ends while another call waits for its connection: that call gets a new one', async () => {
    const small = await startProcess({ ...world.environment, DATABASE_POOL_SIZE: '1' })
    const other = await db.connect()
    try {
      const dan = await person(small, 'Dan')
      const { id } = await dan.inviteAddress()
      await other.query('begin')
      await other.query('select 1 from invites where id = $1 for update', [id])
      const first = dan.patch({ id }, { spawnType: 'spectate' })
      const pid = await waiting(`wait_event_type = 'Lock'`)
      const second = dan.call('GET', '/invite')
      await sleep(100)
      await terminate(pid)
      expectAway(await first)
      expect((await second).status).toBe(200)
    } finally {
      await other.query('rollback')
      other.release()
      await small.kill()
    }
  })

  it('ends at the SELECT of a PATCH, which waits for a row: 503, and nothing changed', async () => {
    const before = await rowsOf(ids())
    const other = await db.connect()
    await other.query('begin')
    await other.query('select 1 from invites where id = $1 for update', [ids()[1]])
    const reply = patchAll()
    await terminate(await waiting(`wait_event_type = 'Lock'`))
    expectAway(await reply)
    await other.query('rollback')
    other.release()
    expect(await rowsOf(ids())).toEqual(before)
    expect((await patchAll()).status).toBe(200)
  })

  it('ends at the SELECT of a read, over REST and a socket', async () => {
    const socket = await SocketClient.open(server, ada.token)
    const other = await db.connect()
    for (const read of [
      () => ada.call('GET', '/invite').then((reply) => (expectAway(reply), reply.status)),
      () => socket.call('find', 'invite', {}).then(({ status }) => status)
    ]) {
      await other.query('begin; lock table invites in access exclusive mode')
      const reply = read()
      await terminate(await waiting(`wait_event_type = 'Lock'`))
      expect(await reply).toBe(503)
      await other.query('rollback')
    }
    other.release()
    expect((await ada.call('GET', '/invite')).status).toBe(200)
    expect((await socket.call('find', 'invite', {})).status).toBe(200)
    socket.close()
  })

  it('ends at BEGIN: 503, nothing done; then it works', async () => {
    const { id } = await ada.inviteAddress()
    const pids = async () =>
      (
        await db.query<{ pid: number }>(
          `select pid from pg_stat_activity where application_name = 'invite-service' and state = 'idle'`
        )
      ).rows.map(({ pid }) => pid)
    // The caller is remembered, so that BEGIN is the first that a revocation sends.
    await ada.call('GET', `/invite/${id}`)
    const idle = await pids()
    expect(idle.length).toBeGreaterThan(0)
    for (const pid of idle) process.kill(pid, 'SIGSTOP')
    const reply = ada.call('DELETE', `/invite/${id}`)
    // It is in the hands of a backend, which has not looked at it.
    await until(() => postgres.unread() > 0, 'a BEGIN that was sent')
    for (const pid of idle) await terminate(pid)
    for (const pid of idle) process.kill(pid, 'SIGCONT')
    expectAway(await reply)
    expect(await rowsOf([id])).toMatchObject([{ status: 'pending' }])
    // Every connection of the pool was ended: each may be found dead once, before its end has been heard of.
    const again = await until(async () => {
      const { status } = await ada.call('DELETE', `/invite/${id}`)
      return status === 503 ? undefined : status
    }, 'a revocation that is served')
    expect(again).toBe(200)
    expect(await rowsOf([id])).toMatchObject([{ status: 'revoked' }])
  })

  it('exhausts the pool behind a lock: 503 for all, none hangs, and all is well when the lock is gone', async () => {
    const other = await db.connect()
    await other.query('begin; lock table invites in access exclusive mode')
    const started = Date.now()
    const replies = await Promise.all(Array.from({ length: 20 }, () => patchAll()))
    const seconds = (Date.now() - started) / 1000
    await other.query('rollback')
    other.release()
    for (const reply of replies) expectAway(reply)
    // One second for a connection, two for a lock; the rest is this machine's, but nobody waits for ever.
    expect(seconds).toBeLessThan(20)
    expect((await patchAll()).status).toBe(200)
  })

  describe('asks for a repetition', () => {
    /** The next so many tries fail. */
    const trouble = async (code: string, times: number) => {
      await db.query('truncate fault.trouble')
      await db.query(`select setval('fault.attempts', 1, false)`)
      await db.query('insert into fault.trouble values ($1, $2)', [code, times])
    }
    const attempts = async () =>
      Number((await db.query('select last_value from fault.attempts where is_called')).rows[0]?.last_value ?? 0)

    for (const code of ['40001', '40P01']) {
      it(`${code} is tried again three times, and is a 503 then`, async () => {
        const before = await rowsOf(ids())
        await trouble(code, 4)
        expectAway(await patchAll())
        expect(await attempts()).toBe(4)
        expect(await rowsOf(ids())).toEqual(before)

        await trouble(code, 4)
        const link = await ada.bearerLink()
        expectAway(await bob.accept(link.id, { passcode: link.passcode }))
        expect(await attempts()).toBe(4)
        expect((await bob.accept(link.id, { passcode: link.passcode })).status).toBe(200)
      })

      it(`${code} that passes is not seen by the caller, who gets the answer of the last try`, async () => {
        await trouble(code, 3)
        expect((await patchAll()).status).toBe(200)
        expect(await attempts()).toBe(4)
        expect(await rowsOf(ids())).toHaveLength(3)
        const { rows } = await db.query(
          `select distinct "spawnDetails"->>'spawnPoint' as at from invites where id = any($1)`,
          [ids()]
        )
        expect(rows).toEqual([{ at: `point ${change}` }])
      })
    }

    it('a real deadlock is tried again, and both sides get their way', async () => {
      const [first = '', , last = ''] = ids().sort()
      const other = new pg.Client({ connectionString: postgres.url })
      await other.connect()
      // The other side never looks for deadlocks: the service is the one that Postgres ends.
      await other.query(`set deadlock_timeout = '1min'`)
      await other.query('begin')
      await other.query('update invites set "lastAttemptAt" = now() where id = $1', [last])
      // All inside Postgres: the service looks for a deadlock once, after a second, and waits for two.
      const others = other.query(`
        do $$ begin
          while not exists (
            select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))
          ) loop perform pg_sleep(0.01); end loop;
          -- Both wait for each other now, until the service is told of the deadlock and lets go.
          update invites set "lastAttemptAt" = now() where id = '${first}';
        end $$;
        commit`)
      const reply = patchAll()
      await others
      await other.end()
      expect((await reply).status).toBe(200)
      expect(postgres.log()).toContain('deadlock detected')
      const its = () => heard.filter(({ spawnDetails }) => spawnDetails.spawnPoint === `point ${change}`)
      await until(() => its().length >= 3, 'its events')
      await sleep(100)
      expect(its()).toHaveLength(3)
    })
  })

  it('loses the connection that hears of changed people: what was remembered is forgotten', async () => {
    const eve = await person(server, 'Eve')
    expect((await eve.call('GET', '/invite')).status).toBe(200)
    // Without triggers nobody hears of it: she is remembered.
    const silent = new pg.Client({ connectionString: postgres.url })
    await silent.connect()
    await silent.query('set session_replication_role = replica')
    await silent.query('delete from users where id = $1', [eve.id])
    await silent.end()
    expect((await eve.call('GET', '/invite')).status).toBe(200)

    const listener = `select pid from pg_stat_activity where application_name = 'invite-service listener'`
    const [row] = (await db.query<{ pid: number }>(listener)).rows
    expect(row).toBeDefined()
    await terminate(row?.pid ?? 0)
    await until(async () => (await eve.call('GET', '/invite')).status === 401, 'that she is looked up again')

    // It listens again by itself: from then on a change is heard.
    await until(async () => (await db.query(listener)).rowCount === 1, 'a new listener')
    const fay = await person(server, 'Fay')
    expect((await fay.call('GET', '/invite')).status).toBe(200)
    await db.query('delete from users where id = $1', [fay.id])
    await until(async () => (await fay.call('GET', '/invite')).status === 401, 'that the change is heard')
  })
})
