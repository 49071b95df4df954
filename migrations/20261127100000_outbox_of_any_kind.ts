// The outbox holds messages of any kind. Before, each was the message of an invite.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    alter table outbox rename carrier to medium;
    alter table outbox rename "inviteId" to "subjectId";
    alter index outbox_invite rename to outbox_subject;
    alter table outbox
      -- No list of media: a message waits until there is a carrier for its medium.
      drop constraint outbox_carrier_check,
      -- The kind's owner composes the message, from what it is about ("subjectId") and from the payload.
      add kind text not null default 'invite',
      add payload json;
    alter table outbox alter kind drop default;
    -- With the signing key the nonce makes the passcode, which is stored nowhere.
    update outbox set payload = json_build_object('nonce', encode(nonce, 'hex'));
    alter table outbox drop nonce;
  `)

/** Only the messages of invites have a place in the older table: the others are lost. */
export const down = (db: Knex) =>
  db.raw(`
    delete from outbox where kind <> 'invite';
    alter table outbox add nonce bytea;
    update outbox set nonce = decode(payload ->> 'nonce', 'hex');
    alter table outbox alter nonce set not null, drop payload, drop kind;
    alter index outbox_subject rename to outbox_invite;
    alter table outbox rename "subjectId" to "inviteId";
    alter table outbox rename medium to carrier;
    alter table outbox add constraint outbox_carrier_check check (carrier in ('email', 'sms'));
  `)
