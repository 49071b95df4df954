// The language of a user and of an invite; the reason why a message did not arrive, and the answers of carriers.
import type { Knex } from 'knex'

const locale = `locale text check (char_length(locale) <= 35)`
const reasons = `'no-carrier', 'suppressed', 'bounced', 'complained', 'rejected', 'gave-up'`
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
  'superseded'
]
/** The results of attempts to send a message. */
const attempts = ['deferred', 'rejected', 'gave-up', 'suppressed', 'bounced', 'complained']

const allow = (db: Knex, words: string[]) =>
  db.raw(`
    alter domain invite_action drop constraint invite_action_check;
    alter domain invite_action add constraint invite_action_check
      check (value in (${words.map((word) => `'${word}'`).join(', ')}));
  `)

/**
 * As in the migration `people_and_places`, with other columns of a user. The text stands here again, because a migration
 * must do the same for ever: it imports nothing that a later change may edit.
 */
const peopleAndPlaces = (db: Knex, columns: string) =>
  db.raw(`
    create or replace function people_and_places(
      "ofUsers" uuid[], "ofLogins" uuid[], "ofChannels" uuid[], "ofAddresses" text[]
    ) returns json volatile language plpgsql set plan_cache_mode = force_generic_plan as $$
    declare
      people json;
      channels json;
      addressees json;
    begin
      people := (
        select json_agg(json_build_array(
          ${columns},
          case when "ofLogins" is null or u.id = any("ofLogins") then (
            select json_build_array(
              l.id, l."userAgent", l."ipAddress", l."userId", l."identityProviderId", l."createdAt"
            )
            from user_logins l where l."userId" = u.id order by l."createdAt" desc, l.id desc limit 1
          ) end
        ))
        from users u where u.id = any("ofUsers")
      );
      if cardinality("ofChannels") > 0 then
        channels := (select json_agg(json_build_array(c.id, c.name)) from channels c where c.id = any("ofChannels"));
      end if;
      if cardinality("ofAddresses") > 0 then
        addressees := (
          select json_agg(json_build_array(p.token, p."userId")) from identity_providers p
          where p.verified and p.type in ('email', 'sms') and p.token = any("ofAddresses")
        );
      end if;
      return json_build_object('people', people, 'channels', channels, 'addressees', addressees);
    end $$;
  `)

const columns = 'u.id, u.name, u."ageVerified", u."isGuest", u."inviteCode", u."createdAt", u."updatedAt"'

export async function up(db: Knex) {
  await db.raw(`
    alter table users add ${locale};
    alter table invites add ${locale},
      add "deliveryReason" text check ("deliveryReason" in (${reasons}));
    -- The answer of a carrier, without secrets.
    alter table invite_history add answer text check (char_length(answer) <= 300);
  `)
  await peopleAndPlaces(db, `${columns}, u.locale`)
  await allow(db, [...actions, ...attempts])
}

export async function down(db: Knex) {
  await db.raw(`delete from invite_history where action in (${attempts.map((word) => `'${word}'`).join(', ')})`)
  await allow(db, actions)
  await peopleAndPlaces(db, columns)
  await db.raw(`
    alter table invite_history drop answer;
    alter table invites drop "deliveryReason", drop locale;
    alter table users drop locale;
  `)
}
