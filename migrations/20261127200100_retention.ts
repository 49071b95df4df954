// The functions that count for quotas, one caller after the other, and the indexes by which sweeps find old rows.
import type { Knex } from 'knex'

// Volatile, and in plpgsql: each query of such a function reads what is committed when the query begins. So a count after
// the lock has the rows of all calls that had the lock before. The lock is held until the statement's transaction ends.
// A BRIN index costs an insert next to nothing, and finds the old rows of a table that grows at its end.
export const up = (db: Knex) =>
  db.raw(`
    create function invites_in_turn(inviter uuid, most bigint) returns bigint volatile language plpgsql as $$
    declare
      since timestamptz;
    begin
      perform pg_advisory_xact_lock(hashtextextended('invites ' || inviter, 0));
      since := clock_timestamp() - interval '1 hour';
      return (
        select count(*) from (
          select 1 from invites i where i."userId" = inviter and i."createdAt" > since limit most
        ) counted
      );
    end $$;

    -- The locks are taken in one order, so that two lists of recipients never wait for each other.
    create function messages_in_turn(recipients text[], most bigint) returns jsonb volatile language plpgsql as $$
    declare
      since timestamptz;
    begin
      perform pg_advisory_xact_lock(hashtextextended('messages ' || ordered.recipient, 0))
      from (select distinct r as recipient from unnest(recipients) r order by r) ordered;
      since := clock_timestamp() - interval '1 day';
      return (
        select jsonb_object_agg(r, (
          select count(*) from (
            select 1 from outbox o where o.kind = 'invite' and o.recipient = r and o."createdAt" > since limit most
          ) counted
        )) from unnest(recipients) r
      );
    end $$;

    create function idempotency_keys_in_turn(owner text, most bigint) returns bigint volatile language plpgsql as $$
    declare
      since timestamptz;
    begin
      perform pg_advisory_xact_lock(hashtextextended('idempotency keys ' || owner, 0));
      since := clock_timestamp() - interval '24 hours';
      return (
        select count(*) from (
          select 1 from idempotency_keys k where k.caller = owner and k."createdAt" > since limit most
        ) counted
      );
    end $$;

    create index invite_history_age on invite_history using brin ("createdAt");
    create index user_logins_age on user_logins using brin ("createdAt");
    create index outbox_age on outbox using brin ("createdAt");
    create index users_guests on users ("createdAt") where "isGuest";
  `)

export const down = (db: Knex) =>
  db.raw(`
    drop index users_guests, outbox_age, user_logins_age, invite_history_age;
    drop function idempotency_keys_in_turn(text, bigint);
    drop function messages_in_turn(text[], bigint);
    drop function invites_in_turn(uuid, bigint);
  `)
