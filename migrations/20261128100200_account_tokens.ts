// The tokens of mailed links that verify an address or set a new password, and when the sessions of a user ended.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    -- The newest token of an address and a purpose: asking again replaces it. The link has the token, and this its hash.
    create table account_tokens (
      "identityProviderId" uuid not null constraint account_tokens_address references identity_providers on delete cascade,
      purpose text not null check (purpose in ('verify', 'reset')),
      hash bytea not null constraint account_tokens_hash unique,
      "expiresAt" timestamptz(3) not null,
      primary key ("identityProviderId", purpose)
    );

    -- Access tokens that were made until "endedAt" are bad, but for the one whose id is "keptToken".
    create table session_ends (
      "userId" uuid primary key references users on delete cascade,
      "endedAt" timestamptz(3) not null,
      "keptToken" text check (char_length("keptToken") <= 64)
    );
    create function notify_sessions_ended() returns trigger language plpgsql as $$
    begin
      perform pg_notify('caller_changed', new."userId"::text);
      return null;
    end $$;
    create trigger session_ends_caller_changed after insert or update on session_ends
      for each row execute function notify_sessions_ended();
  `)

export const down = (db: Knex) =>
  db.raw(`
    drop table session_ends, account_tokens;
    drop function notify_sessions_ended;
  `)
