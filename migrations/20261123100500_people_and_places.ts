// What invites refer to, for a page of them at once.
import type { Knex } from 'knex'

// Volatile, and in plpgsql: such a function reads what is committed when it is called. A join in the statement that
// changes invites would read what was committed before that statement waited for its locks, and so may not find the
// invitee that a row has got meanwhile. Logins are looked up only for the users in "ofLogins", or for all when null.
export const up = (db: Knex) =>
  db.raw(`
    create function people_and_places(
      "ofUsers" uuid[], "ofLogins" uuid[], "ofChannels" uuid[], "ofAddresses" text[]
    ) returns json volatile language plpgsql as $$
    begin
      return json_build_object(
        'people', (
          select json_agg(json_build_object(
            'id', u.id, 'name', u.name, 'ageVerified', u."ageVerified", 'isGuest', u."isGuest",
            'inviteCode', u."inviteCode",
            'lastLogin', case when "ofLogins" is null or u.id = any("ofLogins") then (
              select json_build_object(
                'id', l.id, 'userAgent', l."userAgent", 'ipAddress', l."ipAddress", 'userId', l."userId",
                'identityProviderId', l."identityProviderId", 'createdAt', l."createdAt"
              )
              from user_logins l where l."userId" = u.id order by l."createdAt" desc, l.id desc limit 1
            ) end,
            'createdAt', u."createdAt", 'updatedAt', u."updatedAt"
          ))
          from users u where u.id = any("ofUsers")
        ),
        'channels', case when cardinality("ofChannels") > 0 then (
          select json_agg(json_build_array(c.id, c.name)) from channels c where c.id = any("ofChannels")
        ) end,
        'addressees', case when cardinality("ofAddresses") > 0 then (
          select json_agg(json_build_array(p.token, p."userId")) from identity_providers p
          where p.verified and p.type in ('email', 'sms') and p.token = any("ofAddresses")
        ) end
      );
    end $$;
  `)

export const down = (db: Knex) => db.raw('drop function people_and_places(uuid[], uuid[], uuid[], text[])')
