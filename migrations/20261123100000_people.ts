// People, how they sign in, what they may do, and how they stand to each other.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create table users (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 100),
      "ageVerified" boolean not null default false,
      "isGuest" boolean not null default false,
      "inviteCode" text not null constraint users_invite_code unique,
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp()
    );

    -- An address, and with it a way to sign in: 'email' carries the password's hash, 'sms' is only ever verified.
    create table identity_providers (
      id uuid primary key,
      "userId" uuid not null references users on delete cascade,
      type text not null check (type in ('email', 'sms', 'guest')),
      token text not null check (char_length(token) <= 254),
      secret text,
      verified boolean not null default false,
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp(),
      constraint identity_providers_address unique (type, token)
    );
    create index identity_providers_user on identity_providers ("userId");

    create table user_logins (
      id uuid primary key,
      "userId" uuid not null references users on delete cascade,
      "identityProviderId" uuid references identity_providers on delete set null,
      "userAgent" text,
      "ipAddress" text,
      "createdAt" timestamptz(3) not null default clock_timestamp()
    );
    create index user_logins_newest on user_logins ("userId", "createdAt" desc, id desc);
    create index user_logins_identity_provider on user_logins ("identityProviderId");

    create table scopes (
      id uuid primary key,
      "userId" uuid not null constraint scopes_user_fk references users on delete cascade,
      type text not null check (type ~ '^[a-z][a-z-]*:[a-z][a-z-]*$'),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      constraint scopes_once unique ("userId", type)
    );

    -- One row a direction: friends are two rows, a block is one and ends a friendship.
    create table user_relationships (
      id uuid primary key,
      "userId" uuid not null references users on delete cascade,
      "relatedUserId" uuid not null constraint user_relationships_related_fk references users on delete cascade,
      "userRelationshipType" text not null check ("userRelationshipType" in ('friend', 'blocking')),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp(),
      constraint user_relationships_pair unique ("userId", "relatedUserId"),
      constraint user_relationships_self check ("userId" <> "relatedUserId")
    );
    create index user_relationships_related on user_relationships ("relatedUserId");
  `)

export const down = (db: Knex) =>
  db.raw('drop table user_relationships, scopes, user_logins, identity_providers, users')
