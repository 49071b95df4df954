// Invites, and what is always true of them.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create table invites (
      id uuid primary key,
      -- Decided at creation, for good: whoever loses their account does not turn an invite into an open link.
      recipient text not null check (recipient in ('address', 'user', 'bearer')),
      token text check (char_length(token) <= 254),
      "identityProviderType" text check ("identityProviderType" in ('email', 'sms')),
      "passcodeHash" bytea,
      "targetObjectId" uuid,
      "deleteOnUse" boolean not null default false,
      "makeAdmin" boolean not null default false,
      "makeAdminBy" uuid references users on delete set null,
      "spawnType" text check ("spawnType" in ('inviteCode', 'spawnPoint', 'spectate')),
      -- json, not jsonb: what was sent comes back in its own order. The index below is over its jsonb.
      "spawnDetails" json not null default '{}' check (json_typeof("spawnDetails") = 'object'),
      timed boolean not null default false,
      "userId" uuid not null references users on delete cascade,
      "inviteeId" uuid references users on delete set null,
      "inviteType" text not null check ("inviteType" in ('friend', 'channel', 'location', 'instance', 'new-user')),
      "startTime" timestamptz(3),
      "endTime" timestamptz(3),
      -- 'expired' is written by whoever tidies; readers decide by the clock, see "deadline".
      status text not null default 'pending'
        check (status in ('pending', 'accepted', 'declined', 'revoked', 'expired')),
      "maxUses" integer not null default 1 check ("maxUses" between 1 and 1000000),
      uses integer not null default 0,
      "expiresAt" timestamptz(3),
      deadline timestamptz(3) generated always as (case when timed then "endTime" else "expiresAt" end) stored,
      -- Whom a pending invite is for, one text for a user or an address; null for a bearer link.
      "recipientKey" text generated always as
        (case recipient when 'address' then token when 'user' then "inviteeId"::text end) stored,
      -- Which of the few places of (inviter, recipient) a pending invite takes: two at once cannot take the same one.
      slot integer not null default 1 check (slot >= 1),
      "deliveryStatus" text not null default 'none'
        check ("deliveryStatus" in ('none', 'queued', 'sent', 'failed')),
      "deliveryAttempts" integer not null default 0,
      "lastAttemptAt" timestamptz(3),
      "resentAt" timestamptz(3),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp(),

      constraint invites_recipient check (
        case recipient
          when 'address' then token is not null and "identityProviderType" is not null
          when 'user' then token is null and "identityProviderType" is null
          else token is null and "identityProviderType" is null
        end
      ),
      constraint invites_one_use check (recipient = 'bearer' or "maxUses" = 1),
      constraint invites_target check
        (("targetObjectId" is null) = ("inviteType" in ('friend', 'new-user'))),
      constraint invites_make_admin check (not ("makeAdmin" and recipient = 'bearer')),
      constraint invites_window check ("startTime" < "endTime"),
      constraint invites_timed check (not timed or "endTime" is not null),
      constraint invites_lifetime check (timed = ("expiresAt" is null)),
      constraint invites_uses check
        (uses between 0 and "maxUses" and (status not in ('pending', 'expired') or uses < "maxUses"))
    )
    -- Room in each page for the next version of its rows: an update then touches none of the indexes.
    with (fillfactor = 80);

    create unique index invites_twin on invites (
      "userId", "recipientKey", "inviteType", coalesce("targetObjectId", '00000000-0000-0000-0000-000000000000')
    ) where status = 'pending' and recipient <> 'bearer';
    create unique index invites_slot on invites ("userId", "recipientKey", slot)
      where status = 'pending' and recipient <> 'bearer';

    create index invites_user on invites ("userId", "createdAt" desc, id desc);
    create index invites_invitee on invites ("inviteeId", "createdAt" desc, id desc) where "inviteeId" is not null;
    create index invites_token on invites (token, "createdAt" desc, id desc) where token is not null;
    create index invites_target_object on invites ("targetObjectId") where "targetObjectId" is not null;
    create index invites_newest on invites ("createdAt" desc, id desc);
    create index invites_status on invites (status, "createdAt" desc);
    create index invites_deadline on invites (deadline) where status = 'pending';
    create index invites_make_admin_by on invites ("makeAdminBy") where "makeAdminBy" is not null;
    create index invites_spawn_details on invites using gin (("spawnDetails"::jsonb) jsonb_path_ops);
  `)

export const down = (db: Knex) => db.raw('drop table invites')
