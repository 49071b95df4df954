// A message of the mailbox in the forms in which its page shows it.
import type { Kept } from '../delivery/carriers/mailbox.js'
import type { ContentFile } from '../delivery/message.js'
import type { Entry, Whole } from './mailbox-entry.js'

/** The link: that of the message, else the first one in its text that has a secret. */
const linkOf = ({ message: { link, text } }: Kept) => link ?? /https?:\/\/\S+#\S+/.exec(text)?.[0] ?? null

export function entryOf(kept: Kept): Entry {
  const { id, medium, recipient, subject } = kept.message
  return { id, medium, recipient, subject, at: kept.at, link: linkOf(kept), number: kept.number }
}

/** The files that the HTML does not show. */
export const attachmentsOf = ({ message: { files = [] } }: Kept): ContentFile[] =>
  files.filter(({ cid }) => cid === undefined)

/** The header of an e-mail, its folded lines put together. */
function headersIn(source: string): Whole['headers'] {
  const [head = ''] = source.split('\r\n\r\n', 1)
  return head
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map((line) => {
      const colon = line.indexOf(':')
      return { name: line.slice(0, colon), value: line.slice(colon + 1).trim() }
    })
}

export const wholeOf = (kept: Kept): Whole => ({
  ...entryOf(kept),
  text: kept.message.text,
  html: kept.message.html !== undefined,
  headers: kept.message.medium === 'email' ? headersIn(kept.source) : [],
  files: attachmentsOf(kept).map(({ name, type, content }) => ({ name, type, bytes: content.length }))
})

/**
 * The Content-Security-Policy of an HTML part in its frame. It may have its own styles and pictures, and open links in
 * tabs of their own. It runs no script and loads nothing from elsewhere.
 */
export const framePolicy = [
  `default-src 'none'`,
  `style-src 'unsafe-inline'`,
  `img-src 'self' data:`,
  `base-uri 'self'`,
  `form-action 'none'`,
  `frame-ancestors 'self'`,
  `sandbox allow-popups allow-popups-to-escape-sandbox`
].join('; ')

/** The HTML part with its pictures in it, and links that open in tabs of their own. Undefined where there is none. */
export function framedHtml({ message: { html, files = [] } }: Kept): string | undefined {
  const withPictures = files.reduce(
    (text, { cid, type, content }) =>
      cid === undefined ? text : text?.replaceAll(`cid:${cid}`, `data:${type};base64,${content.toString('base64')}`),
    html
  )
  return withPictures?.replace(/<head[^>]*>/i, '$&<base target="_blank">')
}
