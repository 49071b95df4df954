// Sends an invite again, with a new passcode. The old passcode stops working.
import type { Caller } from '../../../callers/caller.js'
import { now, updatedAt } from '../../../database/clock.js'
import { runOne, type Database } from '../../../database/statement.js'
import { notFound, refuse, tooManyRequests } from '../../../errors.js'
import type { Medium } from '../../../delivery/message.js'
import { enqueueInvite } from '../delivery/queue.js'
import { hasAccepted } from './earlier-answer.js'
import { allowances, messagesInTurn, recipientError, resendsPerInvite, resendSpacing } from '../limits/invite-quotas.js'
import { defaultEnd } from '../limits/lifetime.js'
import { record } from '../rows/history.js'
import { isInvitee, manages } from '../invite.policy.js'
import type { InviteRow, PopulatedInvite } from '../invite.table.js'
import { inviteColumns, loginsFor, populate } from '../rows/populate.js'
import { lockInvite } from '../rows/lock-invite.js'
import { newSecrets } from '../limits/passcode.js'
import { retryPendingClash } from '../limits/retry-pending-clash.js'
import { pendingLimit, slotOrNone } from '../limits/pending-slots.js'
import { notManageable } from './state-errors.js'

const recentText = `
  select extract(epoch from (i."resentAt" + make_interval(secs => $2) - clock_timestamp()))::float8 as "waitSeconds",
    today.count, extract(epoch from (today.oldest + interval '1 day' - clock_timestamp()))::float8 as "tomorrowSeconds"
  from invites i, lateral (
    select count(*), min(h."createdAt") as oldest from invite_history h
    where h."inviteId" = i.id and h.action = 'resent' and h."createdAt" > clock_timestamp() - interval '1 day'
  ) today
  where i.id = $1`

interface Recent {
  waitSeconds: number | null
  /** The number of resends within a day, and the seconds until the first of them no longer counts. */
  count: number
  tomorrowSeconds: number | null
}

const sentText = `select (${messagesInTurn('array[$1::text]', '$2::bigint')} ->> $1::text)::int as sent`

const resendText = `
  update invites i set
    "passcodeHash" = coalesce($2, "passcodeHash"),
    slot = case when status = 'expired' then ${slotOrNone('i."userId"', 'i."recipientKey"', '0', '$3')} else slot end,
    status = 'pending',
    "expiresAt" = case when not timed and "expiresAt" <= clock_timestamp()
      then ${defaultEnd(now)} else "expiresAt" end,
    "deliveryStatus" = $4,
    "deliveryReason" = $5,
    "resentAt" = clock_timestamp(),
    ${updatedAt()}
  where id = $1
  returning ${inviteColumns}`

interface ResendOptions {
  deliveryKey: Buffer
  rateLimitFactor: number
  /** Whether there is a carrier for a medium. */
  carries: (medium: Medium) => boolean
}

/**
 * Sends a pending invite again, or an untimed expired one, which gets a new lifetime. Without a carrier, only the
 * passcode and the lifetime are new. `rateLimitFactor` multiplies the number of resends a day; the spacing of 60 s
 * stays. Throws 403/404 for invites of others, 409 for other states, 429 too soon.
 */
export async function resendInvite(
  db: Database,
  id: string,
  caller: Caller,
  { deliveryKey, rateLimitFactor, carries }: ResendOptions
): Promise<PopulatedInvite> {
  const invite = await lockInvite(db, id, caller.id)
  if (!invite) throw notFound()
  if (!manages(caller, invite)) {
    const isVisible = isInvitee(caller, invite) || (!invite.hidden && (await hasAccepted(db, id, caller.id)))
    throw isVisible ? refuse('inviters-only') : notFound()
  }
  const sendable = invite.status === 'pending' || (invite.status === 'expired' && !invite.timed)
  if (!sendable) throw notManageable(invite)

  const recent = await runOne<Recent & object>(db, recentText, [id, resendSpacing.seconds])
  if ((recent?.waitSeconds ?? 0) > 0) throw tooManyRequests('resent-just-now', resendSpacing, recent?.waitSeconds ?? 0)
  const { messages, resends } = allowances(rateLimitFactor)
  if ((recent?.count ?? 0) >= resends) {
    const { reason, name, seconds } = resendsPerInvite
    throw tooManyRequests(reason, { name, points: resends, seconds }, recent?.tomorrowSeconds ?? 0)
  }

  if (invite.token) {
    const sent = await runOne<{ sent: number }>(db, sentText, [invite.token, messages])
    if ((sent?.sent ?? 0) >= messages) throw await recipientError(db, invite.token, rateLimitFactor)
  }

  const isCarried = invite.identityProviderType !== null && carries(invite.identityProviderType)
  const { nonce, shown, hash } = newSecrets(deliveryKey, id, invite.recipient)
  const row = await retryPendingClash(db, invite.userId, (inner) =>
    runOne<InviteRow & object>(inner, resendText, [
      id,
      hash,
      pendingLimit(rateLimitFactor),
      isCarried ? 'queued' : 'none',
      invite.token && !isCarried ? 'no-carrier' : null
    ])
  )
  if (isCarried && nonce && invite.identityProviderType && invite.token) {
    // A message that is still queued makes the old passcode: the worker sees that and drops it. This call locks no row
    // that the worker holds while it waits for the invite.
    await enqueueInvite(db, { inviteId: id, medium: invite.identityProviderType, recipient: invite.token, nonce })
  }
  await record(db, id, 'resent', caller.id)
  const [populated] = row ? await populate(db, [row], loginsFor(caller)) : []
  if (!populated) throw notFound()
  return Object.assign(populated, { passcode: shown })
}
