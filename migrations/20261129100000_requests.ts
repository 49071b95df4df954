// When a holder of the passcode of an expired invite last asked its inviter for a new one.
import type { Knex } from 'knex'

/** The actions until this migration. The list of today is in history.ts. */
const actions = [
  'created',
  'delivered',
  'previewed',
  'patched',
  'accepted',
  'declined',
  'revoked',
  'resent',
  'expired',
  'superseded',
  'deferred',
  'rejected',
  'gave-up',
  'suppressed',
  'bounced',
  'complained'
]

const allow = (db: Knex, words: string[]) =>
  db.raw(`
    alter domain invite_action drop constraint invite_action_check;
    alter domain invite_action add constraint invite_action_check
      check (value in (${words.map((word) => `'${word}'`).join(', ')}));
  `)

export async function up(db: Knex) {
  await db.raw('alter table invites add "requestedAt" timestamptz(3)')
  await allow(db, [...actions, 'requested'])
}

export async function down(db: Knex) {
  await db.raw(`delete from invite_history where action = 'requested'`)
  await allow(db, actions)
  await db.raw('alter table invites drop "requestedAt"')
}
