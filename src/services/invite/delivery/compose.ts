// The messages of invites, for the delivery worker. A message is composed when it is sent, because the passcode in its
// link is stored nowhere: the nonce in the outbox and the key make it again.
import { run, runOne } from '../../../database/statement.js'
import { isAttempt, type MessageKind, type Outcome, type OutboxRow } from '../../../delivery/message.js'
import { Words } from '../../../words/words.js'
import type { DeliveryReason } from '../delivery.schema.js'
import type { InviteRow } from '../invite.table.js'
import { addressee, recipientBlocks } from '../limits/blocks.js'
import { inviteKind } from '../limits/invite-quotas.js'
import { hashPasscode, isPasscode, linkTo, mailedPasscode, shortLinkTo } from '../limits/passcode.js'
import { record, type HistoryAction } from '../rows/history.js'
import { inviteColumns } from '../rows/populate.js'
import { inviteTypes, typesForNewcomers } from '../types/index.js'
import { messageFor } from './message.js'
import { nonceOf } from './queue.js'
import { hashAddress, recipientStopped, stopAll } from './stop-list.js'
import { stopToken } from './stop-token.js'

interface Invite extends InviteRow {
  passcodeHash: Buffer | null
  inviterName: string
  inviterLocale: string | null
  stopped: boolean
  withheld: boolean
}

/**
 * A person who blocks the inviter is not written to, nor one with an account about making an account. The inviter learns
 * neither that they are blocked nor who has an account.
 */
const withheld = `(${recipientBlocks} or (i."inviteType" in (${typesForNewcomers}) and ${addressee} is not null))`

const inviteText = `
  select ${inviteColumns}, i."passcodeHash", u.name as "inviterName", u.locale as "inviterLocale",
    ${recipientStopped} as stopped, ${withheld} as withheld
  from invites i join users u on u.id = i."userId" where i.id = $1`

/** After a message that no carrier got, none is on its way. */
const unsentText = `
  update invites set "deliveryStatus" = $3, "deliveryReason" = $4 where id = $1 and "passcodeHash" = $2`

/** A report is about the invite's current message only: the inviter may have sent it again. */
const reportedText = `
  update invites set "deliveryStatus" = 'failed', "deliveryReason" = $3 where id = $1 and "passcodeHash" = $2`

/** Delivery does not touch `updatedAt`: the inviter can still patch the invite that they have read. */
const attemptedText = `
  update invites set "deliveryStatus" = $3, "deliveryReason" = $4,
    "deliveryAttempts" = "deliveryAttempts" + 1, "lastAttemptAt" = clock_timestamp()
  where id = $1 and "passcodeHash" = $2`

export interface InviteMessages {
  /** Makes the passcodes of messages. */
  key: Buffer
  /** Signs the links by which recipients stop messages. */
  stopKey: Buffer
  /** The base URL of links. It is a function because it may be known only when the server listens. */
  publicUrl: () => string
  defaultLocale: string
  timeZone: string
}

/** The reason that the inviter reads, and the entry of the history. */
function reported(outcome: Outcome): [reason: DeliveryReason | null, action: HistoryAction | null] {
  switch (outcome.status) {
    case 'sent':
      return [null, 'delivered']
    case 'queued':
      return [null, 'deferred']
    case 'failed': {
      const reason = outcome.reason === 'overdue' ? 'gave-up' : outcome.reason
      return [reason, reason]
    }
    case 'superseded':
      return [null, null]
  }
}

export function inviteMessages({ key, stopKey, publicUrl, defaultLocale, timeZone }: InviteMessages): MessageKind {
  const passcodeOf = (row: OutboxRow) => mailedPasscode(key, row.subjectId, nonceOf(row))
  /** A text message has no room for a second link. */
  const stopUrlOf = ({ medium, recipient }: OutboxRow, { userId: inviterId }: Invite) =>
    medium === 'email'
      ? `${publicUrl()}/unsubscribe/${stopToken(stopKey, { medium, inviterId, address: hashAddress(recipient) })}`
      : undefined
  return {
    name: inviteKind,

    /** A message is superseded when its invite has ended, or was sent again: then its passcode is not the current one. */
    async compose(db, row) {
      const invite = await runOne<Invite>(db, inviteText, [row.subjectId])
      const passcode = passcodeOf(row)
      const isCurrent = isPasscode(passcode, invite?.passcodeHash)
      if (!invite || invite.status !== 'pending' || !isCurrent) return 'superseded'
      // First the stop list, which the inviter may know of: then a block changes nothing that they see.
      if (invite.stopped) return 'suppressed'
      if (invite.withheld) return 'withheld'
      const targetName = await inviteTypes[invite.inviteType].targetName(db, invite)
      const words = Words.in([invite.locale, invite.inviterLocale, defaultLocale], timeZone)
      const links = {
        link: linkTo(publicUrl(), invite.id, passcode),
        shortLink: shortLinkTo(publicUrl(), invite.id, passcode),
        stopUrl: stopUrlOf(row, invite)
      }
      return messageFor(words, { ...invite, targetName }, row.medium, links)
    },

    /** The invite shows the outcome unless the inviter has sent it again meanwhile: then the later message counts. */
    async settle(trx, row, outcome) {
      const [reason, action] = reported(outcome)
      const answer = 'answer' in outcome ? outcome.answer : null
      if (action) await record(trx, row.subjectId, action, null, answer)
      const status = outcome.status === 'superseded' ? 'none' : outcome.status
      const current = [row.subjectId, hashPasscode(passcodeOf(row)), status, reason]
      await run(trx, isAttempt(outcome) ? attemptedText : unsentText, current)
    },

    /** The address gets no more invitations, from nobody: a sender who goes on is soon taken for a spammer. */
    async report(trx, row, event, answer) {
      const { medium, recipient, subjectId } = row
      await stopAll(trx, { medium, address: hashAddress(recipient) }, event)
      const isThere = await runOne(trx, 'select 1 from invites where id = $1 for no key update', [subjectId])
      if (!isThere) return
      await record(trx, subjectId, event, null, answer)
      await run(trx, reportedText, [subjectId, hashPasscode(passcodeOf(row)), event])
    }
  }
}
