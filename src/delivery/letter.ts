// A letter: the words of a message that every kind of e-mail has in common, and its form as an e-mail.
import type { Words } from '../words/words.js'
import { letterPage } from './letter-page.js'
import type { Content, ContentFile } from './message.js'
import { qrCode } from './qr-code.js'

export interface Letter {
  words: Words
  /** One sentence, without a dot: the subject, short enough for one. Names in it are isolated. */
  subject: string
  /** The same sentence at its full length, above the text. */
  heading: string
  /** Paragraphs before the button. */
  body: string[]
  /** The button. The link stands below it in full as well. */
  action: { label: string; url: string }
  /** Paragraphs after the link. */
  notes: string[]
  /** Where the recipient can stop such messages. */
  stop?: { label: string; url: string }
  /** Attachments. */
  files?: ContentFile[]
}

/** The id of the picture of the code. It is the same in each message, and stands in no other. */
const codeId = 'code@invite-service'

/** No line is wrapped: mail programs that make links of a plain text need each link on one line. */
function textOf({ heading, body, action, notes, stop }: Letter): string {
  const parts = [heading, ...body, `${action.label}:\n${action.url}`, ...notes]
  if (stop) parts.push(`${stop.label}:\n${stop.url}`)
  return `${parts.join('\n\n')}\n`
}

/** A letter as the content of an e-mail: the text, and the same words in HTML with a button and a code to scan. */
export function contentOf(letter: Letter): Content {
  const { words, subject, heading, body, action, notes, stop, files = [] } = letter
  const { png, side } = qrCode(action.url)
  const html = letterPage({
    locale: words.locale,
    direction: words.direction,
    subject,
    heading,
    body,
    action,
    linkSentence: words.say('letter.link'),
    code: { sentence: words.say('letter.scan'), cid: codeId, side },
    notes,
    stop
  })
  return {
    subject,
    text: textOf(letter),
    html,
    files: [{ name: 'code.png', type: 'image/png', content: png, cid: codeId }, ...files],
    ...(stop && { unsubscribe: stop.url })
  }
}
