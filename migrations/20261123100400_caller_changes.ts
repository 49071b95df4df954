// Every process remembers who its callers are; the database tells all of them when that changes.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create function notify_caller_changed() returns trigger language plpgsql as $$
    begin
      perform pg_notify('caller_changed', case tg_table_name when 'users' then old.id else coalesce(
        (to_jsonb(new) ->> 'userId')::uuid, (to_jsonb(old) ->> 'userId')::uuid
      ) end::text);
      return null;
    end $$;

    create trigger users_caller_changed after delete or update of "isGuest" on users
      for each row execute function notify_caller_changed();
    create trigger scopes_caller_changed after insert or delete or update on scopes
      for each row execute function notify_caller_changed();
    create trigger identity_providers_caller_changed after delete or update of verified, token on identity_providers
      for each row execute function notify_caller_changed();
  `)

export const down = (db: Knex) =>
  db.raw(`
    drop trigger users_caller_changed on users;
    drop trigger scopes_caller_changed on scopes;
    drop trigger identity_providers_caller_changed on identity_providers;
    drop function notify_caller_changed;
  `)
