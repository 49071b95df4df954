// The data that the server gives to this page, and the words in it.
import type { PageData } from '../../page-html.js'
import { Sentences } from '../../../words/sentences.js'

/** A page with settings of its own narrows it: `data as PageData & LandingSettings`. */
export const data = JSON.parse(document.getElementById('page')?.textContent ?? '{}') as PageData

/** The words of the page, in the language of the page and the time zone of the reader. */
export const words = new Sentences(data.locale, data.words, undefined)
export const { brand, languages, locale } = data

/** The base of the service, like `https://example.com/invites-service/`: where the page stands tells it. */
export const base = new URL(data.base, location.href)

/** The address of a path of the service, like `invites`. */
export const urlOf = (path: string) => new URL(path, base).href
