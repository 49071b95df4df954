// Where people can be invited to, who is in, and who may let others in.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    create table channels (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 100),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp()
    );

    create table channel_users (
      id uuid primary key,
      "channelId" uuid not null references channels on delete cascade,
      "userId" uuid not null references users on delete cascade,
      role text not null default 'member' check (role in ('owner', 'moderator', 'member')),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      constraint channel_users_once unique ("channelId", "userId")
    );
    create index channel_users_user on channel_users ("userId");

    create table locations (
      id uuid primary key,
      name text not null check (char_length(name) between 1 and 100),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp()
    );

    create table location_authorized_users (
      id uuid primary key,
      "locationId" uuid not null references locations on delete cascade,
      "userId" uuid not null references users on delete cascade,
      role text not null default 'member' check (role in ('owner', 'moderator', 'member')),
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      constraint location_authorized_users_once unique ("locationId", "userId")
    );
    create index location_authorized_users_user on location_authorized_users ("userId");

    create table instances (
      id uuid primary key,
      "locationId" uuid not null constraint instances_location_fk references locations on delete cascade,
      "userId" uuid references users on delete set null,
      "createdAt" timestamptz(3) not null default clock_timestamp(),
      "updatedAt" timestamptz(3) not null default clock_timestamp()
    );
    create index instances_location on instances ("locationId");
    create index instances_user on instances ("userId");
  `)

export const down = (db: Knex) =>
  db.raw('drop table instances, location_authorized_users, locations, channel_users, channels')
