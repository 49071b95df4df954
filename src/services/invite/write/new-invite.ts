// A new invite before it meets the database: what can be judged of it, and the row and secrets that it becomes.
import { v7 as uuidv7 } from 'uuid'
import type { Caller } from '../../../callers/caller.js'
import { badRequest, type Problem } from '../../../errors.js'
import { isEmail, isPhone, toUtc } from '../../../schema/formats.js'
import { checkerOf } from '../../../schema/validation.js'
import { inviteTypes } from '../types/index.js'
import { inviteDataSchema, mostInvitesPerCall, type InviteData } from '../invite.schema.js'
import { hashPasscode, mailedPasscode, newNonce, newPasscode } from '../limits/passcode.js'
import { requireSmallSpawnDetails } from './spawn-details.js'

const check = checkerOf(inviteDataSchema)

/** Throws 400 unless it is an invite to make, or a list of them, as far as that can be judged without the database. */
export function checkNewInvites(data: unknown): void {
  const isList = Array.isArray(data)
  const sent: unknown[] = isList ? data : [data ?? {}]
  if (sent.length === 0) throw badRequest({ path: 'body', message: 'must not be an empty list' })
  if (sent.length > mostInvitesPerCall) {
    throw badRequest({ path: 'body', message: `must not have more than ${mostInvitesPerCall} invites` })
  }
  const at = (index: number, path: string) => (isList ? `${index}.${path}` : path)
  const items = sent.map((item, index) => check(item, isList ? String(index) : ''))
  const problems = items.flatMap((item, index) =>
    problemsOfInvite(item).map(({ path, message }) => ({ path: at(index, path), message }))
  )
  if (problems.length > 0) throw badRequest(...problems)
  items.forEach((item, index) => requireSmallSpawnDetails(item.spawnDetails, at(index, 'spawnDetails')))
}

/** What of an invite can be judged without the database. */
function problemsOfInvite(data: InviteData): Problem[] {
  const problems: Problem[] = []
  const wrong = (path: string, message: string) => problems.push({ path, message })
  const { token, identityProviderType: carrier, inviteeId, inviteType } = data
  const { target } = inviteTypes[inviteType]

  if (token && inviteeId) wrong('inviteeId', 'must not stand beside token: one recipient')
  if (token && !carrier) wrong('identityProviderType', 'is required with token')
  if (!token && carrier) wrong('token', 'is required with identityProviderType')
  if (token && carrier === 'email' && !isEmail(token)) wrong('token', 'must be an e-mail address')
  if (token && carrier === 'sms' && !isPhone(token)) wrong('token', 'must be a phone number like +491701234567')
  if (inviteeId && inviteType === 'new-user') wrong('inviteeId', 'has an account already')

  if (target && !data.targetObjectId) wrong('targetObjectId', `is required: the ${target}`)
  if (!target && data.targetObjectId) wrong('targetObjectId', `must not be given for ${inviteType}`)

  const isBearer = !token && !inviteeId
  if (!isBearer && (data.maxUses ?? 1) !== 1) wrong('maxUses', 'must be 1 for an invite with a recipient')
  if (isBearer && data.makeAdmin) wrong('makeAdmin', 'must not be set on a link that anybody can use')

  if (data.timed && !data.endTime) wrong('endTime', 'is needed when timed is true')
  if (data.timed && data.expiresAt) wrong('expiresAt', 'must not be given when timed is true')
  if (data.startTime && data.endTime && Date.parse(data.startTime) >= Date.parse(data.endTime)) {
    wrong('endTime', 'must be after startTime')
  }
  return problems
}

/** The row to insert, and the secrets that belong to it. */
export function prepare(data: InviteData, index: number, caller: Caller, deliveryKey: Buffer) {
  const id = uuidv7()
  const token = data.token ? data.token.toLowerCase() : null
  const inviteeId = data.inviteeId ?? null
  const recipient = token ? 'address' : inviteeId ? 'user' : 'bearer'
  const nonce = recipient === 'address' ? newNonce() : null
  const passcode = nonce ? mailedPasscode(deliveryKey, id, nonce) : recipient === 'bearer' ? newPasscode() : null
  const time = (value: string | null | undefined) => (value ? toUtc(value) : null)
  return {
    shown: recipient === 'bearer' ? passcode : null,
    row: {
      index,
      id,
      recipient,
      token,
      identityProviderType: data.identityProviderType ?? null,
      passcodeHash: passcode && hashPasscode(passcode).toString('hex'),
      targetObjectId: data.targetObjectId ?? null,
      deleteOnUse: data.deleteOnUse ?? false,
      makeAdmin: data.makeAdmin ?? false,
      makeAdminBy: data.makeAdmin ? caller.id : null,
      spawnType: data.spawnType ?? null,
      spawnDetails: data.spawnDetails ?? {},
      timed: data.timed ?? false,
      inviteeId,
      inviteType: data.inviteType,
      startTime: time(data.startTime),
      endTime: time(data.endTime),
      maxUses: data.maxUses ?? 1,
      expiresAt: time(data.expiresAt),
      recipientKey: token ?? inviteeId,
      nonce: nonce && nonce.toString('hex'),
      outboxId: nonce && uuidv7()
    }
  }
}
