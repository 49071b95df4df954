// The records about an invite: its acceptances, its history, its messages, and the answers to calls.
// None of these tables refers to invites by a foreign key: they outlive a row that deleteOnUse removes.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create table invite_acceptances (
      "inviteId" uuid not null,
      "userId" uuid not null references users on delete cascade,
      "acceptedAt" timestamptz(3) not null default clock_timestamp(),
      -- The answer to the person, which they get again when they accept again.
      answer json not null,
      primary key ("inviteId", "userId")
    );
    create index invite_acceptances_user on invite_acceptances ("userId");

    -- A domain: it is checked where a value is made, while a table's check is read and planned by every statement.
    create domain invite_action as text check (value in
      ('created', 'delivered', 'previewed', 'patched', 'accepted', 'declined', 'revoked', 'resent', 'expired'));
    create table invite_history (
      id bigint generated always as identity,
      "inviteId" uuid not null,
      -- No foreign key: what somebody did stays on record, and a thousand rows need no thousand look-ups.
      "userId" uuid,
      action invite_action not null,
      keys text[] not null default '{}',
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      -- One index: it is read by invite and in order, and a thousand rows are written at once.
      primary key ("inviteId", id)
    );

    create table outbox (
      id uuid primary key,
      "inviteId" uuid not null,
      carrier text not null check (carrier in ('email', 'sms')),
      recipient text not null,
      -- With the signing key it makes the passcode, which is stored nowhere.
      nonce bytea not null,
      status text not null default 'queued' check (status in ('queued', 'sent', 'failed', 'superseded')),
      attempts integer not null default 0,
      "nextAttemptAt" timestamptz(3) not null default clock_timestamp(),
      "createdAt" timestamptz(3) not null default clock_timestamp()
    );
    create index outbox_due on outbox ("nextAttemptAt") where status = 'queued';
    create index outbox_invite on outbox ("inviteId");
    create index outbox_recipient on outbox (recipient, "createdAt");

    create table idempotency_keys (
      caller text not null,
      path text not null,
      key text not null,
      "bodyHash" text not null,
      -- Null while the first call is running.
      answer json,
      status smallint,
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      primary key (caller, path, key)
    );
    create index idempotency_keys_age on idempotency_keys ("createdAt");

    -- The shape that rate-limiter-flexible expects.
    create table rate_limits (
      key varchar(255) primary key,
      points integer not null default 0,
      expire bigint
    );
  `)

export const down = (db: Knex) =>
  db.raw(
    'drop table rate_limits, idempotency_keys, outbox, invite_history, invite_acceptances; drop domain invite_action'
  )
