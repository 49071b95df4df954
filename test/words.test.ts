// The catalogues of words, and whose language a message is in.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { catalogues, installed, locales } from '../src/words/catalogues.js'
import { Words } from '../src/words/words.js'
import type { Invite } from '../src/services/invite/invite.table.js'
import { call, newAddress, person, type Person } from './support/people.js'
import { until } from './support/patience.js'
import { useServer } from './support/server.js'

type Catalogue = Record<string, string>
const textOf = (locale: string) => readFileSync(new URL(`../config/words/${locale}.json`, import.meta.url), 'utf8')
const catalogueOf = (locale: string) => JSON.parse(textOf(locale)) as Catalogue
const english = catalogueOf('en')

const pluralForm = /^(.*)\.(zero|one|two|few|many|other)$/
const baseOf = (key: string) => pluralForm.exec(key)?.[1] ?? key
const placeholders = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
const others = locales.filter((locale) => locale !== 'en')

describe('the catalogue', () => {
  it('is there in six languages', () => {
    expect(locales).toEqual(expect.arrayContaining(['ar', 'de', 'en', 'es', 'fr', 'ja']))
  })

  it.each(others)('of %s has every key and no other', (locale) => {
    const keys = (catalogue: Catalogue) => [...new Set(Object.keys(catalogue).map(baseOf))].sort()
    expect(keys(catalogueOf(locale))).toEqual(keys(english))
  })

  it.each(others)('of %s has the placeholders of each sentence', (locale) => {
    for (const [key, text] of Object.entries(catalogueOf(locale))) {
      const model = english[key] ?? english[`${baseOf(key)}.other`] ?? ''
      // A form like "one hour" says the number in words.
      const needed = placeholders(model).filter((name) => name !== '{count}' || /\.(many|few|other)$/.test(key))
      const here = placeholders(text)
      expect([key, needed.filter((name) => !here.includes(name))]).toEqual([key, []])
      expect([key, here.filter((name) => !placeholders(model).includes(name))]).toEqual([key, []])
    }
  })

  it.each(locales)('of %s has each plural form of its language', (locale) => {
    const keys = Object.keys(catalogueOf(locale))
    const bases = new Set(keys.filter((key) => pluralForm.test(key)).map(baseOf))
    expect(bases.size).toBeGreaterThan(0)
    const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions()
    for (const base of bases) {
      const forms = keys.filter((key) => baseOf(key) === base).map((key) => key.slice(base.length + 1))
      expect([base, forms.sort()]).toEqual([base, [...pluralCategories].sort()])
    }
  })

  it.each(locales)('of %s has one key a line, no empty sentence, and nothing that was not translated', (locale) => {
    const entries = Object.entries(catalogueOf(locale))
    expect(textOf(locale).trim().split('\n')).toHaveLength(entries.length + 2)
    expect(entries.filter(([, text]) => text.trim() === '' || text !== text.normalize('NFC'))).toEqual([])
    const same = entries.filter(
      ([key, text]) => locale !== 'en' && text === english[key] && /[a-z]{3}/.test(text.replace(/\{\w+\}/g, ''))
    )
    expect(same.filter(([key]) => key !== 'direction')).toEqual([])
  })

  it('is found by a longer tag, in either case, and by no other', () => {
    expect(['de', 'de-AT', 'DE', 'pt', 'zh-Hant', 'd', ''].map(installed)).toEqual([
      'de',
      'de',
      'de',
      ...Array(4).fill(undefined)
    ])
    // A longer text is no tag: it may be as long as a body, and is not looked at.
    expect([`de-${'x-'.repeat(15)}x`, `de-${'x-'.repeat(16)}x`].map(installed)).toEqual(['de', undefined])
    expect(catalogues.size).toBe(locales.length)
  })
})

describe('words', () => {
  it('take the plural form of their number', () => {
    const say = (locale: string, count: number) => Words.in([locale]).count('account.once', count, { until: '?' })
    expect(say('en', 1)).toContain('1 hour,')
    expect(say('en', 2)).toContain('2 hours,')
    expect([say('ar', 2), say('ar', 3), say('ar', 11)].map((text) => /ساعت\p{L}*|ساع\p{L}*/u.exec(text)?.[0])).toEqual([
      'ساعتين',
      'ساعات',
      'ساعة'
    ])
  })

  it('tell times in the zone of the service, with its name', () => {
    expect(Words.in(['en'], 'Europe/Berlin').time('2026-12-17T14:05:00Z')).toBe('17 December 2026 at 15:05 CET')
    expect(Words.in(['ja']).time('2026-12-17T14:05:00Z')).toBe('2026年12月17日 14:05 UTC')
  })

  it('tell how long it is until then, in its largest unit', () => {
    const ahead = (locale: string, seconds: number) => Words.in([locale]).ahead(seconds)
    expect([90_000, 7200, 899.2, 59.5, 0.2, -3].map((seconds) => ahead('en', seconds))).toEqual([
      'in 1 day',
      'in 2 hours',
      'in 15 minutes',
      'in 1 minute',
      'in 1 second',
      'in 0 seconds'
    ])
    expect(ahead('de', 3)).toBe('in 3 Sekunden')
  })

  it('keep a name of the other direction from turning its surroundings', () => {
    const name = (locale: string, text: string) => Words.in([locale]).name(text)
    expect([name('en', 'Ada'), name('en', 'محمد'), name('ar', 'Ada')]).toEqual([
      'Ada',
      '\u2068محمد\u2069',
      '\u2068Ada\u2069'
    ])
  })

  it('are English where no language is known', () => {
    expect(Words.in([null, undefined, 'xx']).locale).toBe('en')
    expect(Words.in([null, 'xx', 'fr-CA', 'de']).locale).toBe('fr')
  })
})

describe('the language of a message', async () => {
  const server = await useServer({ defaultLocale: 'fr' })
  const subjectTo = async (address: string | null) =>
    until(() => new RegExp(`^To: ${address}\\n(?:.+\\n)*?Subject: (.*)$`, 'm').exec(server.mail())?.[1], 'a message')
  const mailed = (who: Person, more: object = {}) => who.inviteAddress(more)

  it('is that of the invite, else that of the inviter, else that of the service', async () => {
    const ada = await person(server, 'Ada')
    expect(await subjectTo((await mailed(ada)).token)).toBe('Ada souhaite faire partie de vos amis')
    await ada.must('PATCH', `/user/${ada.id}`, { locale: 'es' })
    expect(await subjectTo((await mailed(ada)).token)).toBe('Ada quiere que seáis amigos')
    expect(await subjectTo((await mailed(ada, { locale: 'ja' })).token)).toBe('Adaさんから友達申請が届きました')
  })

  it('is stored as the tag of its catalogue, can be filtered by, changed and taken away', async () => {
    const ada = await person(server)
    const invite = await mailed(ada, { locale: 'de-AT' })
    const other = await mailed(ada)
    expect([invite.locale, other.locale]).toEqual(['de', null])
    const found = async (filter: object) =>
      (await ada.must('GET', `/invite?filter=${encodeURIComponent(JSON.stringify(filter))}`)).data.map(
        ({ id }: Invite) => id
      )
    expect(await found({ locale: 'DE' })).toEqual([invite.id])
    expect(await found({ locale: null })).toEqual([other.id])
    expect((await ada.patch({ id: invite.id }, { locale: 'ar' })).body[0].locale).toBe('ar')
    expect((await ada.patch({ id: invite.id }, { locale: null })).body[0].locale).toBeNull()
    const [row] = await server.db('invites').where({ id: invite.id })
    expect(row.locale).toBeNull()
  })

  it.each(['xx', 'not a tag', '', 7, 'd', 'de_AT'])('cannot be %j: 400, and nothing changes', async (locale) => {
    const ada = await person(server)
    const refused = await ada.call('POST', '/invite', {
      body: { inviteType: 'friend', token: newAddress(), identityProviderType: 'email', locale }
    })
    expect([refused.status, refused.body.data.errors[0].path]).toEqual([400, 'locale'])
    expect((await ada.must('GET', '/invite')).total).toBe(0)
    const own = await ada.call('PATCH', `/user/${ada.id}`, { body: { locale } })
    expect([own.status, (await ada.must('GET', `/user/${ada.id}`)).locale]).toEqual([400, null])
  })

  it('of a user is set by that user alone', async () => {
    const [ada, bob] = [await person(server), await person(server)]
    expect((await bob.call('PATCH', `/user/${ada.id}`, { body: { locale: 'de' } })).status).toBe(404)
    expect((await ada.must('PATCH', `/user/${ada.id}`, { locale: 'de' })).locale).toBe('de')
    const made = await call(server, 'POST', '/user', {
      body: { name: 'Cy', email: newAddress(), password: 'a long password', locale: 'es' }
    })
    expect([made.status, made.body.locale]).toEqual([201, 'es'])
  })
})
