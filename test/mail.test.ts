// E-mail: what arrives at a real SMTP server, read by another parser, and what the inviter learns when nothing arrives.
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { locales } from '../src/words/catalogues.js'
import { Words } from '../src/words/words.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import type { DeliveryWorker } from '../src/delivery/worker.js'
import { refusal, startMailServer, type ReceivedMail } from './support/mail-server.js'
import { newAddress, person, type Person } from './support/people.js'
import { useServer } from './support/server.js'

const mails = await startMailServer()
afterAll(() => mails.close())
const server = await useServer({
  mailFile: '',
  mail: {
    smtpUrl: mails.url,
    from: '"Invites, of course" <invites@mail.example.com>',
    replyTo: 'Help <help@example.com>'
  },
  publicUrl: 'https://invites.example.com'
})
const { db } = server
const worker = server.app.get('outbox') as DeliveryWorker

afterEach(() => {
  mails.behaviour = {}
})

const mailed = (inviter: Person, more: object = {}): Promise<Invite> => inviter.inviteAddress(more)
const arrived = (invite: Invite) => mails.mailTo(invite.token ?? '')
const deliveryOf = async (who: Person, id: string) => (await who.must<Invite>('GET', `/invite/${id}`)).delivery
/** The same, of a message that may be due. */
const afterwards = (who: Person, id: string) => {
  worker.wake()
  return deliveryOf(who, id)
}
const outboxOf = (inviteId: string) => db('outbox').where({ subjectId: inviteId }).first()
const answersOf = (inviteId: string) =>
  db('invite_history').where({ inviteId }).whereNot({ action: 'created' }).orderBy('id').select('action', 'answer')
/** The URL by which a recipient stops such mails. */
const stopLink = /https?:\/\/[^\s<>"]+\/unsubscribe\/[\w-]+/g
const linkTo = ({ id }: Invite) => new RegExp(`https://invites\\.example\\.com/i/${id}#passcode=[\\w-]+`, 'g')
const htmlOf = ({ parsed }: ReceivedMail) => parsed.html || ''
/** The text that a reader of the HTML sees. */
const seenIn = (html: string) =>
  html
    .replace(/<head>[^]*?<\/head>/, '')
    .replaceAll(/<!--[^]*?-->/g, '')
    .replaceAll(/<[^>]+>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
const headerLines = (raw: string) => (raw.split('\r\n\r\n')[0] ?? '').split('\r\n')
/** The name and the address that stand in a From or Reply-To field. */
const only = (field: { value: { name: string; address?: string | undefined }[] } | undefined) => field?.value

describe('an e-mail', () => {
  it('has the header of a message of a machine, for one recipient, from the configured sender', async () => {
    const inviter = await person(server, 'Ada')
    const invite = await mailed(inviter)
    const mail = await arrived(invite)
    const { headers, messageId, from, replyTo, to, date } = mail.parsed
    expect([mail.from, mail.to]).toEqual(['invites@mail.example.com', [invite.token]])
    expect(only(from)).toMatchObject([{ name: 'Invites, of course', address: 'invites@mail.example.com' }])
    expect(only(replyTo)).toMatchObject([{ name: 'Help', address: 'help@example.com' }])
    expect(to).toMatchObject({ text: invite.token })
    expect(messageId).toBe(`<${(await outboxOf(invite.id)).id}@mail.example.com>`)
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('x-auto-response-suppress')).toBe('All')
    expect(Math.abs((date?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000)
    await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 1 })
    expect(await answersOf(invite.id)).toEqual([{ action: 'delivered', answer: null }])
    expect(mail.raw.length).toBeLessThan(25_000)
  })

  it.each(locales)('says the same in text and in HTML, with the link exactly, in %s', async (locale) => {
    const words = Words.in([locale])
    const inviter = await person(server, 'Ada')
    const { id: targetObjectId } = await inviter.channel('Tea room')
    const invite = await mailed(inviter, { inviteType: 'channel', targetObjectId, locale })
    const mail = await arrived(invite)
    const { subject = '', text = '' } = mail.parsed
    const html = htmlOf(mail)
    const heading = words.say('invite.channel', { inviter: words.name('Ada'), target: words.name('Tea room') })
    const until = words.say('invite.until', { until: words.time(invite.expiresAt ?? '') })
    expect(subject).toBe(heading)
    expect(Array.from(subject).length).toBeLessThanOrEqual(78)
    const [link = '', ...others] = text.match(linkTo(invite)) ?? []
    expect(others).toEqual([])
    expect(html.match(linkTo(invite))).toEqual([link, link, link])
    expect(html.match(new RegExp(`href="${link}"`, 'g'))).toHaveLength(2)
    const seen = seenIn(html)
    const said = text.split('\n').filter((line) => line && !line.startsWith('https://'))
    expect(said.slice(0, 2)).toEqual([heading, until])
    expect(said).toHaveLength(6)
    // The label of the button has a colon where the link follows in the text.
    for (const sentence of said) expect(seen).toContain(sentence.replace(/:$/, ''))
    expect(html).toContain(`<html lang="${locale}" dir="${words.direction}">`)
    expect(seen).toContain(words.say('letter.scan'))
    // No language's words are missing.
    expect(text + seen).not.toMatch(/\{\w+\}|invite\.\w|letter\.\w/)
    // The parser puts the picture that the mail brings in the place of its id.
    expect(html).toMatch(/<img src="data:image\/png;base64,[\w+/=]+" alt=""/)
    expect(mail.parsed.attachments).toMatchObject([{ contentType: 'image/png', contentDisposition: 'inline' }])
    expect(mail.raw.length).toBeLessThan(25_000)
  })

  it.each([
    ['in Arabic', 'محمد "أبو علي" الخوارزمي'],
    ['with quotes', `Ada "the" <admin@example.com>, 'O\\'Neil'; x=?utf-8?q?y?=`],
    ['that is a page', '<script>alert(1)</script><a href="https://prize.example.com">Win</a> <img src=x>'],
    ['that is a link', 'Win at https://prize.example.com/now or www.prize.example.com']
  ])('shows a name %s as a name, in the header and in both parts', async (_which, name) => {
    const inviter = await person(server)
    await inviter.must('PATCH', `/user/${inviter.id}`, { name })
    const invite = await mailed(inviter)
    const mail = await arrived(invite)
    const { subject = '', text = '', from, headers } = mail.parsed
    const bare = (said: string) => said.replaceAll(/[\s\u2068\u2069]/g, '')
    expect(bare(text)).toContain(bare(name))
    expect(bare(seenIn(htmlOf(mail)))).toContain(bare(name))
    expect(bare(subject)).toContain(bare(name).slice(0, 6))
    expect(only(from)).toMatchObject([{ name: 'Invites, of course', address: 'invites@mail.example.com' }])
    expect([headers.has('bcc'), headers.has('cc'), mail.to]).toEqual([false, false, [invite.token]])
    // Nothing but our own links and our own picture.
    expect(htmlOf(mail)).not.toContain('<script')
    expect(htmlOf(mail).match(/<img /g)).toHaveLength(1)
    for (const part of [subject, text, seenIn(htmlOf(mail))]) {
      const linked = part
        .replaceAll(linkTo(invite), '')
        .replaceAll(stopLink, '')
        .match(/\w:\/\/\S|www\.\S|\S@\S|\w\.(?:com|example)\b/g)
      expect(linked).toBeNull()
    }
  })

  it('shows no name that turns the text around or begins a header, whatever door it came in by', async () => {
    const inviter = await person(server)
    const name = 'A\u202Eda\r\nBcc: eve@example.com\u2066\u2067\u2069 \u2028x'
    await db('users').where({ id: inviter.id }).update({ name })
    const invite = await mailed(inviter)
    const mail = await arrived(invite)
    expect([mail.parsed.headers.has('bcc'), mail.to]).toEqual([false, [invite.token]])
    for (const part of [mail.parsed.subject ?? '', mail.parsed.text ?? '', htmlOf(mail)]) {
      expect(part).not.toMatch(/[\u202a-\u202e\u2066\u2067\u2028\r]/)
      expect(part).toContain('Ada Bcc: eve@ example. com')
    }
  })

  it('has no line over 998 octets, however long the names and the link are', async () => {
    const inviter = await person(server)
    await inviter.must('PATCH', `/user/${inviter.id}`, { name: '𠮷'.repeat(100) })
    const { id: targetObjectId } = await inviter.channel('é'.repeat(100))
    const invite = await mailed(inviter, { inviteType: 'channel', targetObjectId, locale: 'ar' })
    const mail = await arrived(invite)
    expect(Math.max(...mail.raw.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998)
    // RFC 5322 asks for 78 octets in a header where that is possible: the URL to stop mails is longer.
    expect(Math.max(...headerLines(mail.raw).map((line) => line.replace(stopLink, '').length))).toBeLessThanOrEqual(100)
    expect(mail.parsed.text).toContain('𠮷'.repeat(100))
    expect(mail.parsed.text?.match(linkTo(invite))).toHaveLength(1)
  })

  it('of a timed invite has a calendar file of its window, without the link', async () => {
    const inviter = await person(server, 'Ada; Smith, "A"')
    const { id: targetObjectId } = await inviter.channel(
      'Grüße an alle, die lange Namen; und Kommas mögen: 山田太郎さん'
    )
    const window = { timed: true, startTime: '2098-01-31T08:05:59.999Z', endTime: '2098-12-01T00:00:00+02:00' }
    const invite = await mailed(inviter, { ...window, inviteType: 'channel', targetObjectId })
    const mail = await arrived(invite)
    const file = mail.parsed.attachments.find(({ filename }) => filename === 'invite.ics')
    expect(file).toMatchObject({ contentType: 'text/calendar', contentDisposition: 'attachment' })
    const content = file?.content.toString('utf8') ?? ''
    const lines = content.split('\r\n')
    expect(lines.filter((line) => Buffer.byteLength(line) > 75 || line.includes('\n'))).toEqual([])
    const unfolded = content.replaceAll('\r\n ', '').split('\r\n')
    const value = (name: string) => unfolded.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1)
    expect([value('DTSTART'), value('DTEND')]).toEqual(['20980131T080559Z', '20981130T220000Z'])
    expect([value('UID'), value('SEQUENCE'), value('METHOD')]).toEqual([invite.id, '0', 'PUBLISH'])
    const heading = (mail.parsed.text ?? '').split('\n')[0]
    expect(value('SUMMARY')?.replaceAll(/\\([\\;,])/g, '$1')).toBe(heading)
    expect(value('SUMMARY')).toContain('Ada\\; Smith\\, ')
    expect(content).not.toMatch(/passcode|https?:/)

    const { endTime } = window
    const open = await mailed(inviter, { timed: true, endTime, inviteType: 'channel', targetObjectId })
    const [, ics] = (await arrived(open)).parsed.attachments
    const start = new Date(open.createdAt).toISOString().replaceAll(/[-:]|\.\d+/g, '')
    expect(ics?.content.toString()).toContain(`DTSTART:${start}\r\n`)
  })
})

describe('a mail server', () => {
  type Step = 'sender' | 'recipient' | 'data'
  const steps: Step[] = ['sender', 'recipient', 'data']

  it.each(steps)(
    'that answers 4xx to the %s gets the message again, and the inviter reads the answer',
    async (step) => {
      mails.behaviour[step] = () => refusal(451, '4.3.0 Try again\r\nlater')
      const inviter = await person(server)
      const invite = await mailed(inviter)
      await expect.poll(() => deliveryOf(inviter, invite.id)).toMatchObject({ status: 'queued', attempts: 1 })
      expect(await answersOf(invite.id)).toEqual([
        { action: 'deferred', answer: expect.stringMatching(/^451 4\.3\.0 Try/) }
      ])
      expect(await outboxOf(invite.id)).toMatchObject({ status: 'queued', attempts: 1 })
      mails.behaviour = {}
      await isDue(invite)
      await expect.poll(() => afterwards(inviter, invite.id)).toMatchObject({ status: 'sent', attempts: 2 })
      expect((await arrived(invite)).parsed.messageId).toBe(`<${(await outboxOf(invite.id)).id}@mail.example.com>`)
    }
  )

  it.each(steps)('that answers 5xx to the %s gets it once, and the inviter reads why', async (step) => {
    let address = ''
    const link = 'https://invites.example.com/i/x#passcode=abcdefghijklmnop'
    mails.behaviour[step] = () => refusal(550, `5.1.1 <${address}>: no such mailbox ${link} ${'long '.repeat(60)}`)
    const inviter = await person(server)
    const token = newAddress()
    address = token
    const invite = await mailed(inviter, { token })
    await expect
      .poll(() => deliveryOf(inviter, invite.id))
      .toMatchObject({ status: 'failed', reason: 'rejected', attempts: 1 })
    const [entry] = await answersOf(invite.id)
    expect(entry).toMatchObject({
      action: 'rejected',
      answer: expect.stringMatching(/^550 5\.1\.1 <…>: no such mailbox/)
    })
    expect(entry.answer.length).toBeLessThanOrEqual(200)
    expect(entry.answer).not.toContain(token)
    expect(await outboxOf(invite.id)).toMatchObject({ status: 'failed', attempts: 1 })
  })

  it('that refuses one recipient gets the messages of the others', async () => {
    const inviter = await person(server)
    const [bad, good] = [newAddress('bad'), newAddress('good')]
    mails.behaviour.recipient = (address) => (address === bad ? refusal(550, '5.1.1 No such user') : undefined)
    const refused = await mailed(inviter, { token: bad })
    const sent = await mailed(inviter, { token: good })
    await expect.poll(() => deliveryOf(inviter, refused.id)).toMatchObject({ status: 'failed', reason: 'rejected' })
    await expect.poll(() => deliveryOf(inviter, sent.id)).toMatchObject({ status: 'sent' })
    expect((await mails.mailTo(good)).to).toEqual([good])
  })

  it('that is away for an hour gets everything when it is back', async () => {
    const inviter = await person(server)
    await mails.close()
    const invites = [await mailed(inviter), await mailed(inviter)]
    let away = 0
    for (let attempts = 1; away < 3600; attempts += 1) {
      for (const { id } of invites) {
        await expect.poll(() => afterwards(inviter, id)).toMatchObject({ status: 'queued', attempts })
      }
      const [first] = invites
      const { pause } = await db('outbox')
        .where({ subjectId: first?.id })
        .select(db.raw(`extract(epoch from "nextAttemptAt" - clock_timestamp())::float as pause`))
        .first()
      expect(pause).toBeGreaterThan(0)
      away += pause
      if (away >= 3600) break
      for (const invite of invites) await isDue(invite)
    }
    const [{ answer }] = await answersOf(invites[0]?.id ?? '')
    expect(answer).toMatch(/^The connection to the mail server failed\. \(CONN ECONNREFUSED\)$/)
    const back = await startMailServer({}, mails.port)
    try {
      for (const invite of invites) {
        await isDue(invite)
        await expect.poll(() => afterwards(inviter, invite.id)).toMatchObject({ status: 'sent' })
        const { parsed } = await back.mailTo(invite.token ?? '')
        expect(parsed.text?.match(linkTo(invite))).toHaveLength(1)
      }
      expect(back.received).toHaveLength(2)
    } finally {
      await back.close()
    }
  })
})

/** The clock of the back-off goes on: the message is due. */
async function isDue({ id }: Invite): Promise<void> {
  await db('outbox')
    .where({ subjectId: id, status: 'queued' })
    .update({ nextAttemptAt: db.raw(`clock_timestamp() - interval '1 second'`) })
}
