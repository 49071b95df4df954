// Reports of providers about messages that they had taken: which message, and what became of it.
import { Type, type Static } from '@sinclair/typebox'
import type { Knex } from 'knex'
import { inTransaction } from '../database/retry.js'
import { unavailable } from '../errors.js'
import { closed, isUuid, oneOf } from '../schema/formats.js'
import { tellableAnswer } from './answer.js'
import type { MessageKind, Setback } from './message.js'
import { isQueued, recordReport } from './outbox.js'

export const reportSchema = Type.Object(
  {
    messageId: Type.String({
      minLength: 1,
      maxLength: 998,
      description: 'The Message-ID of the message, or the id of a text message.',
      examples: ['<01a205fc-448b-71f0-bee6-34513f15e77c@example.com>']
    }),
    event: oneOf(
      ['delivered', 'deferred', 'bounced', 'complained'],
      '`bounced`: the address does not work, for good. `complained`: the recipient called the message spam. The others change nothing.'
    ),
    answer: Type.Optional(
      Type.String({
        maxLength: 2000,
        description: 'The words of the server that refused. The inviter reads the beginning.'
      })
    )
  },
  { ...closed, $id: 'DeliveryReport', description: 'What became of a message.' }
)
export type DeliveryReport = Static<typeof reportSchema>

export const appliedSchema = Type.Object(
  { applied: Type.Boolean({ description: 'Whether the report changed something. It does so once.' }) },
  { ...closed, $id: 'DeliveryReportApplied', description: 'The answer to a report.' }
)

/** `<id@domain>`, without its brackets, or the id alone. */
const idOf = (messageId: string) => /^<?([\da-f-]{36})(?:@[^@\s<>]+)?>?$/i.exec(messageId.trim())?.[1]?.toLowerCase()

const setbacks: readonly string[] = ['bounced', 'complained'] satisfies Setback[]
const isSetback = (event: string): event is Setback => setbacks.includes(event)

/**
 * Applies a report, at most once. True when it changed something. 503 for a message whose outcome the worker has still to
 * write, over which it would write: the provider reports again.
 */
export async function applyReport(db: Knex, kinds: MessageKind[], report: DeliveryReport): Promise<boolean> {
  const { messageId, event, answer } = report
  const id = idOf(messageId)
  if (id === undefined || !isUuid(id) || !isSetback(event)) return false
  return inTransaction(db, async (trx) => {
    const row = await recordReport(trx, id, event)
    if (!row) {
      if (await isQueued(trx, id)) throw unavailable()
      return false
    }
    const kind = kinds.find(({ name }) => name === row.kind)
    await kind?.report?.(trx, row, event, tellableAnswer(answer))
    return kind?.report !== undefined
  })
}
