// The answers of the mailbox, which its page and tests read.

/** A row of the list. */
export interface Entry {
  id: string
  medium: 'email' | 'sms'
  recipient: string
  subject: string
  /** When it arrived. */
  at: string
  /** The link that the message is about; null where it has none. */
  link: string | null
  /** Counts the messages of the process. */
  number: number
}

/** A message, with what the list leaves out. */
export interface Whole extends Entry {
  text: string
  /** Whether it has an HTML part. */
  html: boolean
  /** The fields of its header, in order, as they are in the source. None in a short message. */
  headers: { name: string; value: string }[]
  /** Its attachments. */
  files: { name: string; type: string; bytes: number }[]
}
