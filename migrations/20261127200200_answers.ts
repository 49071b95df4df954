// The history of an invite says when it ended because its address became an account.
import type { Knex } from 'knex'

const actions = ['created', 'delivered', 'previewed', 'patched', 'accepted', 'declined', 'revoked', 'resent', 'expired']

const allow = (db: Knex, words: string[]) =>
  db.raw(`
    alter domain invite_action drop constraint invite_action_check;
    alter domain invite_action add constraint invite_action_check
      check (value in (${words.map((word) => `'${word}'`).join(', ')}));
  `)

export const up = (db: Knex) => allow(db, [...actions, 'superseded'])

/** Before, an invite that ended without its invitee was revoked. */
export async function down(db: Knex) {
  await db.raw(`update invite_history set action = 'revoked' where action = 'superseded'`)
  await allow(db, actions)
}
