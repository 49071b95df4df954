// The addresses that get no more invitations, from one inviter or from all. This file alone knows the columns of the
// table. It holds hashes: the list stays when the invites to an address are gone.
import { createHash } from 'node:crypto'
import { run, runOne, type Database } from '../../../database/statement.js'
import type { Medium } from '../../../delivery/message.js'

/** An address and an inviter: what the link in a message is about. */
export interface StopLink {
  medium: Medium
  /** The hash of the address. */
  address: Buffer
  inviterId: string
}

export const hashAddress = (address: string): Buffer => createHash('sha256').update(address).digest()

/** Whether the address of an invite, of the table `i`, gets no invitations from its inviter. */
export const recipientStopped = `exists (
  select 1 from mail_stops s
  where s.address = sha256(convert_to(i.token, 'UTF8')) and s.medium = i."identityProviderType"
    and (s."inviterId" is null or s."inviterId" = i."userId")
)`

/** The invitations that an address does not get: those of all inviters, of one, or none of these. */
export type Stopped = 'all' | 'inviter' | 'none'

const stopText = `
  insert into mail_stops (address, medium, "inviterId", reason)
  select $1, $2, null::uuid, $3 on conflict do nothing`

/** An inviter who has deleted their account sends nothing: there is nothing to stop. */
const stopInviterText = `
  insert into mail_stops (address, medium, "inviterId", reason)
  select $1, $2, u.id, 'unsubscribed' from users u where u.id = $3 for key share on conflict do nothing`

const undoText = `
  delete from mail_stops where address = $1 and medium = $2 and ("inviterId" is null or "inviterId" = $3)`

const standingText = `
  select (select u.name from users u where u.id = $3) as "inviterName", case
    when exists (select 1 from mail_stops where address = $1 and medium = $2 and "inviterId" is null) then 'all'
    when exists (select 1 from mail_stops where address = $1 and medium = $2 and "inviterId" = $3) then 'inviter'
    else 'none'
  end as stopped`

/** Stops the invitations of all inviters to an address. Again changes nothing, and the first reason stays. */
export const stopAll = (
  db: Database,
  { address, medium }: Omit<StopLink, 'inviterId'>,
  reason: 'unsubscribed' | 'bounced' | 'complained'
) => run(db, stopText, [address, medium, reason])

/**
 * Does what the recipient wants. `none` sends the invitations of this inviter again and takes back a stop of all, also
 * one that followed a report: a person who holds the link of a message has got it, so the address works.
 */
export async function setStopped(db: Database, link: StopLink, wanted: Stopped): Promise<void> {
  const { address, medium, inviterId } = link
  if (wanted === 'all') await stopAll(db, link, 'unsubscribed')
  else await run(db, wanted === 'inviter' ? stopInviterText : undoText, [address, medium, inviterId])
}

export interface Standing {
  /** Null when the inviter's account is gone. */
  inviterName: string | null
  stopped: Stopped
}

/** How things stand for the holder of a link. */
export async function standingOf(db: Database, { address, medium, inviterId }: StopLink): Promise<Standing> {
  const row = await runOne<Standing & object>(db, standingText, [address, medium, inviterId])
  return row ?? { inviterName: null, stopped: 'none' }
}
