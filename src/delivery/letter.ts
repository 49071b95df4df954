// A letter: the words of a message that every kind of e-mail has in common, and its form as an e-mail.
import type { Words } from '../words/words.js'
import type { Content, ContentFile } from './message.js'

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
  files?: ContentFile[]
}

function textOf({ words, heading, body, action, notes, stop }: Letter): string {
  const parts = [heading, ...body, `${action.label}:\n${action.url}`, ...notes]
  if (stop) parts.push(`${stop.label}:\n${stop.url}`)
  void words
  return parts.join('\n\n')
}

/** A letter as the content of an e-mail: the text, and the same words in HTML. */
export function contentOf(letter: Letter): Content {
  const { subject, stop, files } = letter
  return { subject, text: textOf(letter), ...(stop && { unsubscribe: stop.url }), ...(files && { files }) }
}
