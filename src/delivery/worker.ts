// Takes messages from the outbox to a carrier: each by one worker at a time, tried again when that fails, and never
// for an invite that has ended or been sent again since. No connection is held while a carrier works: the embedded
// database has only one, and a mail server may be slow.
import type { Knex } from 'knex'
import type { Logger } from 'pino'
import { inTransaction } from '../database/retry.js'
import { run, runOne, type Database } from '../database/statement.js'
import { record } from '../services/invite/rows/history.js'
import { inviteTypes } from '../services/invite/types/index.js'
import type { InviteRow } from '../services/invite/invite.table.js'
import { inviteColumns } from '../services/invite/rows/populate.js'
import { isPasscode, mailedPasscode } from '../services/invite/limits/passcode.js'
import type { Carrier, Message } from './carrier.js'
import { linkTo, messageFor } from '../services/invite/delivery/message.js'

interface OutboxRow {
  id: string
  inviteId: string
  carrier: 'email' | 'sms'
  recipient: string
  nonce: Buffer
  attempts: number
}

/**
 * Takes the next due message for a minute, in which other workers leave it alone. If this process dies meanwhile, it is
 * due again then.
 */
const takeText = `
  update outbox set "nextAttemptAt" = clock_timestamp() + interval '1 minute'
  where status = 'queued' and id = (
    select id from outbox where status = 'queued' and "nextAttemptAt" <= clock_timestamp()
    order by "nextAttemptAt" limit 1 for update skip locked
  )
  returning id, "inviteId", carrier, recipient, nonce, attempts`

const inviteText = `
  select ${inviteColumns}, i."passcodeHash", u.name as "inviterName"
  from invites i join users u on u.id = i."userId" where i.id = $1`

const maxAttempts = 8
/** Seconds until the next attempt: 10, 20, 40, … at most an hour. */
const backoff = (attempts: number) => Math.min(3600, 5 * 2 ** attempts)

export class DeliveryWorker {
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined
  private again = false
  private stopped = true

  constructor(
    private readonly db: Knex,
    private readonly logger: Logger,
    private readonly key: Buffer,
    private readonly publicUrl: () => string,
    private readonly carrier: Carrier | undefined,
    private readonly pollMs = 5000
  ) {}

  start(): void {
    this.stopped = false
    this.wake()
  }

  /** Something was queued, by this process: looks now instead of at the next poll. */
  wake(): void {
    if (this.stopped || !this.carrier) return
    this.again = true
    this.running ??= this.drain().finally(() => {
      this.running = undefined
      if (this.stopped) return
      this.timer = setTimeout(() => this.wake(), this.pollMs)
      this.timer.unref()
    })
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearTimeout(this.timer)
    await this.running
  }

  private async drain(): Promise<void> {
    clearTimeout(this.timer)
    while (this.again && !this.stopped) {
      this.again = false
      try {
        while (!this.stopped && (await this.deliverOne())) continue
      } catch (error) {
        this.logger.error({ err: error }, 'delivery failed')
        return
      }
    }
  }

  /** Sends the next due message. False when there is none. */
  private async deliverOne(): Promise<boolean> {
    const { db } = this
    const row = await runOne<OutboxRow & object>(db, takeText)
    if (!row) return false
    const invite = await runOne<InviteRow & { inviterName: string; passcodeHash: Buffer | null }>(db, inviteText, [
      row.inviteId
    ])
    const passcode = mailedPasscode(this.key, row.inviteId, row.nonce)
    const isCurrent = isPasscode(passcode, invite?.passcodeHash)
    if (!invite || invite.status !== 'pending' || !isCurrent) {
      await run(db, `update outbox set status = 'superseded' where id = $1`, [row.id])
      // Nothing is on its way any more, unless the invite was sent again.
      if (invite && isCurrent) {
        const text = `update invites set "deliveryStatus" = 'none' where id = $1 and "passcodeHash" = $2`
        await run(db, text, [invite.id, invite.passcodeHash])
      }
      return true
    }
    const targetName = await inviteTypes[invite.inviteType].targetName(db, invite)
    const link = linkTo(this.publicUrl(), invite.id, passcode)
    const sent = await this.send(messageFor({ ...invite, targetName }, row, link), row)
    const status = sent ? 'sent' : row.attempts + 1 >= maxAttempts ? 'failed' : 'queued'
    await inTransaction(db, (trx) => this.settle(trx, row, invite.passcodeHash, status))
    return true
  }

  private async send(message: Message, { id, attempts }: OutboxRow): Promise<boolean> {
    try {
      await this.carrier?.send(message)
      return true
    } catch (error) {
      this.logger.warn({ err: error, outboxId: id, attempt: attempts + 1 }, 'a message was not sent')
      return false
    }
  }

  /**
   * The outcome of an attempt, on the message and on its invite, unless that was sent again meanwhile: then the later
   * message counts. Delivery does not touch an invite's updatedAt.
   */
  private async settle(
    db: Database,
    { id, inviteId, attempts }: OutboxRow,
    passcodeHash: Buffer | null,
    status: 'sent' | 'queued' | 'failed'
  ): Promise<void> {
    await run(
      db,
      `update outbox set status = $2, attempts = attempts + 1,
         "nextAttemptAt" = clock_timestamp() + make_interval(secs => $3) where id = $1`,
      [id, status, backoff(attempts + 1)]
    )
    if (status === 'sent') await record(db, inviteId, 'delivered', null)
    await run(
      db,
      `update invites set "deliveryStatus" = $2, "deliveryAttempts" = "deliveryAttempts" + 1,
         "lastAttemptAt" = clock_timestamp() where id = $1 and "passcodeHash" = $3`,
      [inviteId, status, passcodeHash]
    )
  }
}
