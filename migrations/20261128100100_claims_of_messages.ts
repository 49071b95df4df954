// A worker claims messages under an id of its own, and one message of a recipient and kind at a time.
import type { Knex } from 'knex'

export const up = (db: Knex) =>
  db.raw(`
    -- The claim of the worker that sends the message just now. After "nextAttemptAt" it counts no more.
    alter table outbox add claim uuid;
    -- Tells whether an earlier message of the recipient waits. outbox_recipient has those that were sent as well.
    create index outbox_order on outbox (recipient, kind, "createdAt", id) where status = 'queued';
    -- Has the few messages on their way.
    create index outbox_claimed on outbox (recipient, kind) where claim is not null;
  `)

export const down = (db: Knex) =>
  db.raw(`
    drop index outbox_claimed, outbox_order;
    alter table outbox drop claim;
  `)
