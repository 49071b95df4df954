// The addresses that get no more invitations, and what a provider reported about a message that it had taken.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create table mail_stops (
      -- SHA-256. Invites hold the addresses themselves, but only as long as their inviters; this list stays.
      address bytea not null check (length(address) = 32),
      medium text not null check (medium in ('email', 'sms')),
      -- Null: the invitations of all inviters.
      "inviterId" uuid references users on delete cascade,
      reason text not null check (reason in ('unsubscribed', 'bounced', 'complained')),
      "createdAt" timestamptz(3) not null default clock_timestamp()
    );
    create unique index mail_stops_once on mail_stops (
      address, medium, coalesce("inviterId", '00000000-0000-0000-0000-000000000000')
    );
    create index mail_stops_inviter on mail_stops ("inviterId") where "inviterId" is not null;

    alter table outbox add report text check (report in ('bounced', 'complained'));
  `)

export const down = (db: Knex) => db.raw('alter table outbox drop report; drop table mail_stops')
