// A message, the carriers that take it, and the owner of its kind, who composes it.
import type { Database } from '../database/statement.js'
import { tellableAnswer } from './answer.js'

/** How a message travels. A new medium is a word here and a carrier in app.ts. */
export type Medium = 'email' | 'sms'

/** The content of a message, composed by the owner of its kind. */
export interface Content {
  /** Not every medium shows it. */
  subject: string
  text: string
  /** The same words for a mail program that shows HTML. */
  html?: string
  files?: ContentFile[]
  /** The link in the text, where the text has a short form of it. */
  link?: string
  /** The URL by which a mail program lets its user stop such messages with one click (RFC 8058). */
  unsubscribe?: string
}

export interface ContentFile {
  name: string
  /** The media type. */
  type: string
  content: Buffer
  /** The HTML shows the file as an image, by this id. Without it, the file is an attachment. */
  cid?: string
}

export interface Message extends Content {
  /** The outbox row: the same message sent twice has the same id. */
  id: string
  medium: Medium
  /** An address of the medium: an e-mail address or a phone number. */
  recipient: string
}

export interface Carrier {
  /**
   * Resolves when the provider has the message, with the provider's answer for the log. Rejects when it has not: with
   * NotSent where the carrier knows why. It must give up in less than five minutes: after that, the worker counts the
   * attempt as failed.
   */
  send(message: Message): Promise<string | undefined>
  /** Closes the connections that the carrier keeps. */
  close?(): Promise<void>
}

/** An attempt that failed. The message of any other error is not told to users. */
export class NotSent extends Error {
  override readonly name = 'NotSent'
  /** The provider refuses this message or this recipient: another attempt would fail as well. */
  readonly forGood: boolean
  /** The provider asks for this much patience. */
  readonly retryAfterSeconds: number | undefined

  /** The provider's own words, or what happened instead, as the inviter may read it; null when nothing is left. */
  readonly answer: string | null

  /** `answer` is cleaned here, for the log as well. */
  constructor(
    answer: string,
    {
      forGood = false,
      retryAfterSeconds,
      cause
    }: { forGood?: boolean; retryAfterSeconds?: number; cause?: unknown } = {}
  ) {
    const told = tellableAnswer(answer)
    super(told ?? '', { cause })
    this.answer = told
    this.forGood = forGood
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** A message before it is composed. */
export interface OutboxEntry {
  kind: string
  medium: Medium
  recipient: string
  /** The row that the message is about, in a table of the kind's owner. */
  subjectId: string
  /** Other data that the owner needs to compose the message, as JSON. */
  payload: unknown
}

export interface OutboxRow extends OutboxEntry {
  id: string
  /** Attempts that have ended. */
  attempts: number
}

/**
 * The result of a delivery. `queued`: the attempt failed, and there will be another. `failed` says why there will be
 * none. `superseded`: the message must not be sent any more. `answer` is what the provider said to an attempt that failed.
 */
export type Outcome =
  | { status: 'sent' }
  | { status: 'queued'; answer: string | null }
  | { status: 'failed'; reason: 'rejected' | 'gave-up'; answer: string | null }
  | { status: 'failed'; reason: 'suppressed' | 'overdue' }
  | { status: 'superseded' }

/** Whether a carrier got the message, or was to get it. */
export const isAttempt = (outcome: Outcome) =>
  outcome.status !== 'superseded' &&
  !(outcome.status === 'failed' && (outcome.reason === 'suppressed' || outcome.reason === 'overdue'))

/**
 * Why no carrier gets a message. `superseded`: it must not be sent any more. `suppressed`: its recipient has stopped such
 * messages, and the sender learns that. `withheld`: its recipient must not get it, and the sender must not learn that, so
 * its outcome is `sent`.
 */
export type Unsent = 'superseded' | 'suppressed' | 'withheld'

/** The reports of a provider that have consequences: about a message that it had taken. */
export type Setback = 'bounced' | 'complained'

/** The owner of a kind gives this to the worker, which knows no service. */
export interface MessageKind {
  /** The `kind` of its rows. */
  name: string
  /** Its numbers would tell which addresses have an account: /metrics, which everybody can read, leaves them out. */
  secretNumbers?: true
  /** The words of a message that is due, or why there are none. */
  compose(db: Database, row: OutboxRow): Promise<Content | Unsent>
  /** Writes the outcome where the owner keeps it, in the transaction that writes it to the outbox. */
  settle(trx: Database, row: OutboxRow, outcome: Outcome): Promise<void>
  /** Writes a provider's later report, once a message and event. `answer` holds no secret. */
  report?(trx: Database, row: OutboxRow, event: Setback, answer: string | null): Promise<void>
}
