// The delivery worker: order, places, leases, pauses, permanent errors, stops, its numbers, and workers as processes.
import { afterEach, describe, expect, it } from 'vitest'
import { tellableAnswer } from '../src/delivery/answer.js'
import { backOff, maxAttempts } from '../src/delivery/back-off.js'
import { NotSent, type Carrier, type Message, type MessageKind, type Outcome } from '../src/delivery/message.js'
import { enqueue } from '../src/delivery/outbox.js'
import { DeliveryWorker, type DeliveryOptions } from '../src/delivery/worker.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { startMailServer } from './support/mail-server.js'
import { until } from './support/patience.js'
import { call, newAddress, person } from './support/people.js'
import { startWorker } from './support/processes.js'
import { onPostgres, useServer } from './support/server.js'

const server = await useServer()
const { db } = server
await (server.app.get('outbox') as DeliveryWorker).stop()
const logger = server.app.get('logger')

const workers: DeliveryWorker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
  await db('outbox').where({ status: 'queued' }).update({ status: 'failed' })
})

/** A kind whose owner keeps the outcomes that it is told. */
function notes() {
  const outcomes: Outcome[] = []
  const kind: MessageKind = {
    name: 'note',
    compose: async (_db, { payload }) => {
      const { text } = payload as { text: string }
      if (text === 'broken') throw new Error('a fault in the words')
      return { subject: 'A note', text }
    },
    settle: async (_trx, _row, outcome) => void outcomes.push(outcome)
  }
  return { kind, outcomes }
}

/** A carrier that keeps each message until it is told what becomes of it. */
function held() {
  const waiting: { message: Message; finish: (error?: Error) => void }[] = []
  const seen: string[] = []
  const carrier: Carrier = {
    send: (message) =>
      new Promise((resolve, reject) => {
        seen.push(message.text)
        waiting.push({ message, finish: (error) => (error ? reject(error) : resolve('250 OK')) })
      })
  }
  const finish = (text: string, error?: Error) => {
    const at = waiting.findIndex(({ message }) => message.text === text)
    waiting.splice(at, 1)[0]?.finish(error)
  }
  return { carrier, waiting, seen, finish }
}

/** Refuses with this error. */
const refusing = (error: Error): Carrier => ({ send: () => Promise.reject(error) })

function begin(options: Pick<DeliveryOptions, 'carriers' | 'kinds'> & Partial<DeliveryOptions>): DeliveryWorker {
  const worker = new DeliveryWorker({ db, logger, pollMs: 3_600_000, ...options })
  workers.push(worker)
  worker.start()
  return worker
}

async function queue(text: string, recipient = newAddress(), more: object = {}) {
  const subjectId = crypto.randomUUID()
  await enqueue(db, { kind: 'note', medium: 'email', recipient, subjectId, payload: { text }, ...more })
  return { recipient, subjectId }
}
const rowOf = ({ subjectId }: { subjectId: string }) => db('outbox').where({ subjectId }).first()
const isDue = (where: object) =>
  db('outbox')
    .where(where)
    .update({ nextAttemptAt: db.raw(`clock_timestamp() - interval '1 second'`) })
/** The seconds until a message is due. */
const secondsOf = async (where: { subjectId: string }) =>
  Number(
    (
      await db('outbox')
        .where(where)
        .first(db.raw(`extract(epoch from "nextAttemptAt" - clock_timestamp())::float8 as seconds`))
    ).seconds
  )

describe('the order of one recipient', () => {
  it('is that of the queue: the next message goes when the one before is settled, others do not wait', async () => {
    const recipient = newAddress()
    for (const text of ['one', 'two', 'three']) await queue(text, recipient)
    await queue('other')
    await queue('of another kind', recipient, { kind: 'notice' })
    const { carrier, seen, finish } = held()
    const { kind } = notes()
    const options = { carriers: { email: carrier }, kinds: [kind, { ...kind, name: 'notice' }] }
    begin(options)
    const second = begin(options)
    await expect.poll(() => seen.toSorted()).toEqual(['of another kind', 'one', 'other'])
    second.wake()
    finish('one')
    await expect.poll(() => seen.slice(3)).toEqual(['two'])
    for (const text of ['other', 'of another kind', 'two']) finish(text)
    // Either worker may have settled it: both look again.
    await expect.poll(() => (second.wake(), seen.slice(4))).toEqual(['three'])
    finish('three')
  })

  it('is lost by a message that waits after an attempt: the next one does not wait with it', async () => {
    const recipient = newAddress()
    const [first, second] = [await queue('one', recipient), await queue('two', recipient)]
    const { carrier, seen, finish } = held()
    const worker = begin({ carriers: { email: carrier }, kinds: [notes().kind] })
    await expect.poll(() => seen).toEqual(['one'])
    finish('one', new NotSent('450 busy'))
    await expect.poll(() => seen).toEqual(['one', 'two'])
    expect(await rowOf(first)).toMatchObject({ status: 'queued', attempts: 1, claim: null })
    finish('two')
    await expect.poll(() => rowOf(second)).toMatchObject({ status: 'sent' })
    await isDue(first)
    worker.wake()
    await expect.poll(() => seen).toEqual(['one', 'two', 'one'])
    finish('one')
    await expect.poll(() => rowOf(first)).toMatchObject({ status: 'sent', attempts: 2 })
  })

  it('does not let a newer message about the same subject wait for an older one that failed', async () => {
    const old = await queue('old')
    const { carrier, seen, finish } = held()
    const worker = begin({ carriers: { email: carrier }, kinds: [notes().kind] })
    await expect.poll(() => seen).toEqual(['old'])
    finish('old', new Error('busy'))
    await expect.poll(() => rowOf(old)).toMatchObject({ attempts: 1, claim: null })
    await queue('new', old.recipient, old)
    worker.wake()
    await expect.poll(() => seen).toEqual(['old', 'new'])
    // While the new one is on its way, the old one waits, due or not.
    await db('outbox')
      .where({ subjectId: old.subjectId, claim: null })
      .update({ nextAttemptAt: db.raw('now()') })
    await queue('other')
    worker.wake()
    await expect.poll(() => seen.at(-1)).toBe('other')
    expect(seen).toEqual(['old', 'new', 'other'])
    for (const text of ['new', 'other']) finish(text)
    await expect.poll(() => seen.at(-1)).toBe('old')
    finish('old')
  })
})

it('sends as many at once as it is told, and the next when a place is free', async () => {
  for (let n = 0; n < 7; n++) await queue(`note ${n}`)
  const { carrier, seen, waiting } = held()
  begin({ carriers: { email: carrier }, kinds: [notes().kind], concurrency: 3 })
  let most = 0
  while (seen.length < 7 || waiting.length > 0) {
    await until(() => waiting.length === Math.min(3, 7 - (seen.length - waiting.length)), 'all places taken')
    most = Math.max(most, waiting.length)
    const [first] = waiting.splice(0, 1)
    first?.finish()
  }
  expect(most).toBe(3)
  await expect.poll(() => db('outbox').where({ kind: 'note', status: 'queued' })).toEqual([])
})

describe('a lease', () => {
  it('that ran out and was taken over leaves the outcome to the new worker', async () => {
    const one = await queue('one')
    const [slow, quick] = [held(), held()]
    const [late, next] = [notes(), notes()]
    const worker = begin({ carriers: { email: slow.carrier }, kinds: [late.kind] })
    await expect.poll(() => slow.seen).toEqual(['one'])
    await isDue(one)
    begin({ carriers: { email: quick.carrier }, kinds: [next.kind] })
    await expect.poll(() => quick.seen).toEqual(['one'])
    slow.finish('one', new NotSent('550 no such mailbox', { forGood: true }))
    await worker.stop()
    expect(late.outcomes).toEqual([])
    expect(await rowOf(one)).toMatchObject({ status: 'queued', attempts: 0 })
    quick.finish('one')
    await expect.poll(() => rowOf(one)).toMatchObject({ status: 'sent', attempts: 1, claim: null })
    expect(next.outcomes).toEqual([{ status: 'sent' }])
  })

  it('outlives a carrier that never answers: the attempt has failed before', async () => {
    const one = await queue('one')
    const { kind, outcomes } = notes()
    begin({ carriers: { email: { send: () => new Promise(() => {}) } }, kinds: [kind], sendLimitMs: 50 })
    await expect.poll(() => rowOf(one)).toMatchObject({ status: 'queued', attempts: 1, claim: null })
    expect(outcomes).toEqual([{ status: 'queued', answer: 'no answer within 0 s' }])
  })
})

describe('after an attempt that failed', () => {
  it('the pauses grow, and are 24 hours together', () => {
    for (const random of [0, 0.5, 1]) {
      const pauses = Array.from({ length: maxAttempts - 1 }, (_, n) => backOff(n + 1, 0, random))
      const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3600
      expect([random, hours > 23 && hours < 25]).toEqual([random, true])
      expect(pauses).toEqual(pauses.toSorted((one, other) => one - other))
    }
    expect(backOff(1, 600)).toBe(600)
    expect(backOff(12, 600)).toBeGreaterThan(600)
    expect(backOff(1, 1e9)).toBe(4 * 3600)
  })

  it('the patience that the provider asks for is kept, and its answer is told', async () => {
    const one = await queue('one')
    const { kind, outcomes } = notes()
    const secret = 'someone@example.com'
    const error = new NotSent(`450 ${secret} is busy ${'x '.repeat(200)}`, { retryAfterSeconds: 3000 })
    begin({ carriers: { email: refusing(error) }, kinds: [kind] })
    await expect.poll(() => rowOf(one)).toMatchObject({ status: 'queued', attempts: 1 })
    const [outcome] = outcomes
    expect(outcome && 'answer' in outcome && outcome.answer).toMatch(/^450 … is busy (x ?){90,}$/)
    expect(await secondsOf(one)).toBeGreaterThan(2900)
    expect(await secondsOf(one)).toBeLessThan(3010)
  })

  it('for good there is no further one', async () => {
    const one = await queue('one')
    const { kind, outcomes } = notes()
    begin({ carriers: { email: refusing(new NotSent('550 no such mailbox', { forGood: true })) }, kinds: [kind] })
    await expect.poll(() => rowOf(one)).toMatchObject({ status: 'failed', attempts: 1 })
    expect(outcomes).toEqual([{ status: 'failed', reason: 'rejected', answer: '550 no such mailbox' }])
  })

  it('the last one ends it', async () => {
    const one = await queue('one')
    await db('outbox')
      .where({ subjectId: one.subjectId })
      .update({ attempts: maxAttempts - 1 })
    const { kind, outcomes } = notes()
    begin({ carriers: { email: refusing(new NotSent('450 busy')) }, kinds: [kind] })
    await expect.poll(() => rowOf(one)).toMatchObject({ status: 'failed', attempts: maxAttempts })
    expect(outcomes).toEqual([{ status: 'failed', reason: 'gave-up', answer: '450 busy' }])
  })

  it('inviters read each attempt in the history', async () => {
    const inviter = await person(server)
    const invite = await inviter.inviteAddress()
    const kinds = await inviteKinds()
    const worker = begin({ carriers: { email: refusing(new NotSent('451 try later')) }, kinds })
    const history = () => inviter.must('GET', `/invite/${invite.id}/history`)
    await expect.poll(history).toMatchObject([{ action: 'created' }, { action: 'deferred', answer: '451 try later' }])
    await worker.stop()
    const { carrier, seen, waiting } = held()
    await isDue({ subjectId: invite.id })
    begin({ carriers: { email: carrier }, kinds })
    await expect.poll(() => seen).toHaveLength(1)
    waiting[0]?.finish(new NotSent('550 unknown', { forGood: true }))
    await expect.poll(history).toMatchObject([{}, {}, { action: 'rejected', answer: '550 unknown' }])
    expect((await inviter.must<Invite>('GET', `/invite/${invite.id}`)).delivery).toMatchObject({
      status: 'failed',
      reason: 'rejected',
      attempts: 2
    })
  })
})

/** The kind of invites, as the service has it. */
async function inviteKinds(): Promise<MessageKind[]> {
  const { inviteMessages } = await import('../src/services/invite/delivery/compose.js')
  const key = server.app.get('tokens').keyFor('delivery')
  const stopKey = server.app.get('tokens').keyFor('unsubscribe')
  return [inviteMessages({ key, stopKey, publicUrl: () => server.url, defaultLocale: 'en', timeZone: 'UTC' })]
}

it('a message that cannot be composed waits, without an attempt, and is overdue in the end', async () => {
  const broken = await queue('broken')
  const { kind, outcomes } = notes()
  const { carrier, seen, finish } = held()
  const worker = begin({ carriers: { email: carrier }, kinds: [kind] })
  await expect.poll(() => rowOf(broken)).toMatchObject({ status: 'queued', attempts: 0, claim: null })
  await expect.poll(() => secondsOf(broken)).toBeGreaterThan(50)
  const good = await queue('good')
  worker.wake()
  await expect.poll(() => seen).toEqual(['good'])
  finish('good')
  await expect.poll(() => rowOf(good)).toMatchObject({ status: 'sent' })
  await db('outbox')
    .where({ subjectId: broken.subjectId })
    .update({ createdAt: db.raw(`clock_timestamp() - interval '3 hours'`), nextAttemptAt: db.raw('now()') })
  worker.wake()
  await expect.poll(() => secondsOf(broken)).toBeGreaterThan(10_000)
  await db('outbox')
    .where({ subjectId: broken.subjectId })
    .update({ createdAt: db.raw(`now() - interval '8 days'`), nextAttemptAt: db.raw('now()') })
  await worker.dropOverdue()
  expect(outcomes).toEqual([{ status: 'sent' }, { status: 'failed', reason: 'overdue' }])
})

it('an owner who cannot write an outcome does not make it be sent twice', async () => {
  const one = await queue('one')
  const { kind, outcomes } = notes()
  let faults = 0
  const failing: MessageKind = {
    ...kind,
    settle: async (...args) => {
      faults += 1
      if (faults < 3) throw new Error('a fault of the owner')
      return kind.settle(...args)
    }
  }
  const { carrier, seen, finish } = held()
  begin({ carriers: { email: carrier }, kinds: [failing] })
  await expect.poll(() => seen).toEqual(['one'])
  finish('one')
  await expect.poll(() => rowOf(one)).toMatchObject({ status: 'sent', attempts: 1 })
  expect([seen, outcomes]).toEqual([['one'], [{ status: 'sent' }]])
})

describe('a stop', () => {
  it('lets the message on its way finish, settles it, then closes the carrier, and takes no other', async () => {
    const [one, two] = [await queue('one'), await queue('two')]
    const { carrier, seen, finish } = held()
    const ends: string[] = []
    const close = async () => void ends.push(`closed with ${(await rowOf(one)).status}`)
    const worker = begin({ carriers: { email: { ...carrier, close } }, kinds: [notes().kind], concurrency: 1 })
    await expect.poll(() => seen).toEqual(['one'])
    const stopped = worker.stop()
    finish('one')
    await stopped
    expect(ends).toEqual(['closed with sent'])
    expect(await rowOf(two)).toMatchObject({ status: 'queued', attempts: 0, claim: null })
    expect(seen).toEqual(['one'])
  })

  it('gives back what no carrier has yet, and does not wait for ever', async () => {
    const one = await queue('one')
    const { kind } = notes()
    let goOn = () => {}
    let composing = false
    const waits = new Promise<void>((resolve) => (goOn = resolve))
    const slow: MessageKind = {
      ...kind,
      compose: async (...args) => {
        composing = true
        await waits
        return kind.compose(...args)
      }
    }
    const { carrier, seen, finish } = held()
    const worker = begin({ carriers: { email: carrier }, kinds: [slow] })
    await expect.poll(() => composing).toBe(true)
    expect((await rowOf(one)).claim).not.toBeNull()
    const stopped = worker.stop()
    goOn()
    await stopped
    expect(await rowOf(one)).toMatchObject({ status: 'queued', attempts: 0, claim: null })
    expect(await secondsOf(one)).toBeLessThanOrEqual(0.01)
    const next = begin({ carriers: { email: carrier }, kinds: [kind] })
    await expect.poll(() => seen).toEqual(['one'])
    await next.stop(10)
    expect(await rowOf(one)).toMatchObject({ status: 'queued', attempts: 0 })
    expect(await secondsOf(one)).toBeGreaterThan(60)
    finish('one')
  })
})

it('a message whose carrier works for long is kept from other workers by a lease that is renewed', async () => {
  const row = await queue('long')
  const { carrier, seen, finish } = held()
  const options = { carriers: { email: carrier }, kinds: [notes().kind] }
  begin({ ...options, renewEveryMs: 20 })
  await expect.poll(() => seen).toEqual(['long'])
  const { claim } = await rowOf(row)
  // As if the lease had almost run out: it is renewed before another worker may take the message.
  for (let round = 0; round < 3; round++) {
    await db('outbox')
      .where({ subjectId: row.subjectId })
      .update({ nextAttemptAt: db.raw(`clock_timestamp() + interval '10 s'`) })
    await expect.poll(() => secondsOf(row)).toBeGreaterThan(100)
  }
  begin(options)
  expect(await rowOf(row)).toMatchObject({ status: 'queued', claim, attempts: 0 })
  finish('long')
  await expect.poll(() => rowOf(row)).toMatchObject({ status: 'sent', attempts: 1 })
  expect(seen).toEqual(['long'])
})

describe('a message that is withheld', () => {
  const withheld: MessageKind = { name: 'note', compose: async () => 'withheld', settle: async () => {} }
  /** A kind of which each second message is withheld. */
  const mixed = (outcomes: Outcome[]): MessageKind => ({
    name: 'note',
    compose: async (_db, { payload }) =>
      (payload as { text: string }).text === 'hidden' ? 'withheld' : { subject: 'A note', text: 'A note' },
    settle: async (_trx, _row, outcome) => void outcomes.push(outcome)
  })

  it('is not given to the carrier, and looks sent', async () => {
    const row = await queue('hidden')
    const { carrier, seen } = held()
    begin({ carriers: { email: carrier }, kinds: [withheld] })
    await expect.poll(() => rowOf(row)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(seen).toEqual([])
  })

  it('waits and fails as the others do while the carrier fails, and is sent when they are', async () => {
    const outcomes: Outcome[] = []
    let failing = true
    const carrier: Carrier = {
      send: async () => {
        if (failing) throw new NotSent('451 come later')
        return undefined
      }
    }
    const worker = begin({ carriers: { email: carrier }, kinds: [mixed(outcomes)] })
    const open = await queue('open')
    worker.wake()
    await expect.poll(() => rowOf(open)).toMatchObject({ status: 'queued', attempts: 1 })
    const hidden = await queue('hidden')
    worker.wake()
    await expect.poll(() => rowOf(hidden)).toMatchObject({ status: 'queued', attempts: 1 })
    const deferred = { status: 'queued', answer: '451 come later' }
    expect(outcomes).toEqual([deferred, deferred])
    failing = false
    for (const row of [open, hidden]) {
      await isDue(row)
      worker.wake()
      await expect.poll(() => rowOf(row)).toMatchObject({ status: 'sent', attempts: 2 })
    }
  })
})

describe('the answer of a provider', () => {
  it.each([
    ['550 5.1.1 <ada@example.com>: no such mailbox', '550 5.1.1 <…>: no such mailbox'],
    ['450 Greylisted by mx1.internal.corp.example (10.1.2.3)', '450 Greylisted by … (…)'],
    ['Error: connect ECONNREFUSED db.internal:5432 at /srv/adapter/index.js:3', 'Error: connect ECONNREFUSED … at …'],
    ['see https://example.com/i/x#passcode=y or call +491701234567', 'see … or call …'],
    ['451 4.7.1 Try again at 12:30', '451 4.7.1 Try again at 12:30'],
    [`550 ${'abcdefghij'.repeat(3)} \r\n refused`, '550 … refused'],
    ['', null]
  ])('%j is told as %j', (answer, told) => {
    expect(tellableAnswer(answer)).toBe(told)
  })

  it('is cut before it is cleaned, however long it is', () => {
    expect(tellableAnswer('so '.repeat(100_000))).toBe('so '.repeat(67).slice(0, 200))
  })
})

describe('the numbers', () => {
  it('tell the depth of the queue, how late it is, and the outcomes', async () => {
    const lines = async () => (await call(server, 'GET', '/metrics')).text
    const one = await queue('one', newAddress(), { medium: 'sms', kind: 'invite' })
    await db('outbox')
      .where({ subjectId: one.subjectId })
      .update({ nextAttemptAt: db.raw(`clock_timestamp() - interval '90 seconds'`) })
    await expect.poll(lines).toContain('delivery_queue_messages{medium="sms"} 1')
    const late = /delivery_queue_late_seconds\{medium="sms"\} ([\d.]+)/.exec(await lines())?.[1]
    expect(Number(late)).toBeGreaterThanOrEqual(90)
    expect(await lines()).toContain('# TYPE delivery_outcomes_total counter')
    await db('outbox').where({ subjectId: one.subjectId }).update({ status: 'failed' })
    await expect.poll(lines).not.toContain('delivery_queue_messages{medium="sms"}')
  })

  it('count the outcomes of the service', async () => {
    const own = await useServer()
    const inviter = await person(own)
    const invite = await inviter.inviteAddress()
    await own.mailedPasscode(invite.id)
    const lines = async () => (await call(own, 'GET', '/metrics')).text
    await expect.poll(lines).toContain('delivery_outcomes_total{medium="email",result="sent"} 1')
    // Messages about accounts are left out: everybody could read which addresses have one.
    await call(own, 'POST', '/password-reset', { body: { email: inviter.email } })
    await until(() => own.mail().includes('/reset#token='), 'the message about the account')
    await expect.poll(() => own.db('outbox').where({ kind: 'reset', status: 'sent' })).toHaveLength(1)
    const outcomes = (await lines()).split('\n').filter((line) => line.startsWith('delivery_outcomes_total'))
    expect(outcomes).toEqual(['delivery_outcomes_total{medium="email",result="sent"} 1'])
  })
})

describe('a worker as a process', () => {
  const postgres = 'postgres://ada@127.0.0.1:1/none'
  const url = 'https://invites.example.com'

  it.each([
    ['the embedded database', /^DATABASE_URL: a worker needs the Postgres/m, { DATABASE_URL: '', PUBLIC_URL: url }],
    ['PUBLIC_URL', /^PUBLIC_URL: a worker does not listen/m, { DATABASE_URL: postgres }]
  ])('does not start with the wrong setting: %s', async (_name, sentence, env: Record<string, string>) => {
    const { ended, log } = startWorker({ SMTP_URL: 'smtp://127.0.0.1', MAIL_FROM: 'invites@example.com', ...env })
    expect(await ended).toBe(1)
    expect(log()).toMatch(sentence)
  })

  it.runIf(onPostgres)(
    'one of four that is killed loses none of 2,000 messages, and doubles none but those on their way',
    async () => {
      const service = await useServer({ delivery: { inProcess: false }, publicUrl: url })
      const inviter = await person(service)
      const total = 2000
      const started = performance.now()
      for (let n = 0; n < total; n += 100) {
        const data = Array.from({ length: 100 }, () => ({
          inviteType: 'friend',
          token: newAddress(),
          identityProviderType: 'email'
        }))
        await inviter.must('POST', '/invite', data)
      }
      const queued = performance.now()
      expect(await service.db('outbox').where({ status: 'queued', claim: null })).toHaveLength(total)
      /** The messages that the mail server has taken, each with its id and its recipient. */
      const taken: { id: string; to: string }[] = []
      const mails = await startMailServer({
        onData(stream, { envelope }, done) {
          let raw = ''
          stream.on('data', (chunk) => (raw += chunk))
          stream.once('end', () => {
            const id = /^Message-ID: <([\w-]+)@/im.exec(raw)?.[1] ?? ''
            taken.push({ id, to: envelope.rcptTo.map(({ address }) => address).join() })
            done()
          })
        }
      })
      const env = {
        DATABASE_URL: service.config.database.url,
        SMTP_URL: mails.url,
        MAIL_FROM: 'invites@example.com',
        PUBLIC_URL: url
      }
      const processes = [1, 2, 3, 4].map(() => startWorker(env))
      const idsSent = () => taken.map(({ id }) => id)
      const queuedIds = () => service.db('outbox').where({ status: 'queued' }).pluck('id')
      try {
        await until(() => processes.every(({ log }) => log().includes('sending messages')), 'four workers', 110_000)
        await until(() => idsSent().length > 200, 'the first messages', 110_000)
        const [victim, ...others] = processes
        await victim?.kill()
        const atKill = idsSent().length
        expect(atKill).toBeLessThan(total)
        const settled = () => service.db('outbox').where({ status: 'sent' }).pluck('id')
        // Only the messages of the killed worker are left: until their leases run out, no worker takes them.
        const left = await until(
          async () => {
            const rows = await service.db('outbox').where({ status: 'queued' })
            return rows.length <= 10 && rows.every(({ claim }) => claim !== null) && rows.map(({ id }) => String(id))
          },
          'the messages of the other workers',
          110_000
        )
        await service
          .db('outbox')
          .whereIn('id', left)
          .update({ nextAttemptAt: service.db.raw('clock_timestamp()') })
        await until(async () => (await queuedIds()).length === 0, 'the messages of the killed worker', 110_000)
        const delivered = performance.now()
        const ids = idsSent()
        const doubled = ids.filter((id, at) => ids.indexOf(id) !== at)
        console.log(
          `${total} queued in ${Math.round(queued - started)} ms; sent ${ids.length}, of them ${new Set(ids).size} different,` +
            ` in ${Math.round(delivered - queued)} ms with the start of the workers; killed after ${atKill},` +
            ` ${left.length} messages on their way then, ${doubled.length} sent twice`
        )
        expect(new Set(ids)).toEqual(new Set(await settled()))
        expect(new Set(ids).size).toBe(total)
        expect(doubled.filter((id) => !left.includes(id))).toEqual([])
        // Each went to its recipient: the same message has the same id.
        expect(new Set(taken.map(({ to }) => to)).size).toBe(total)
        expect(new Set(taken.map(({ id, to }) => `${id} ${to}`)).size).toBe(total)
        await Promise.all(others.map((one) => one.stop()))
        expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0, 0])
        expect(others.map(({ log }) => log()).join('')).not.toContain('"level":50')
      } finally {
        await Promise.all(processes.map((one) => one.kill()))
        await mails.close()
      }
    },
    600_000
  )
})
