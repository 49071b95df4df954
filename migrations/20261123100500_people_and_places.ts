// The function that reads the people and channels that invites refer to, for a page of invites at once.
import type { Knex } from 'knex'

// Volatile, and in plpgsql: such a function reads what is committed when it is called. A join in the statement that
// changes invites would read what was committed before that statement waited for its locks, and so may not find the
// invitee that a row has got meanwhile. Logins are looked up only for the users in "ofLogins", or for all when null.
// Lists instead of objects, which cost twice as much to build; and generic plans, because planning for the very ids
// that are asked for takes longer than fetching them, and finds the same indexes.
export const up = (db: Knex) =>
  db.raw(`
    create function people_and_places(
      "ofUsers" uuid[], "ofLogins" uuid[], "ofChannels" uuid[], "ofAddresses" text[]
    ) returns json volatile language plpgsql set plan_cache_mode = force_generic_plan as $$
    declare
      people json;
      channels json;
      addressees json;
    begin
      people := (
        select json_agg(json_build_array(
          u.id, u.name, u."ageVerified", u."isGuest", u."inviteCode", u."createdAt", u."updatedAt",
          case when "ofLogins" is null or u.id = any("ofLogins") then (
            select json_build_array(
              l.id, l."userAgent", l."ipAddress", l."userId", l."identityProviderId", l."createdAt"
            )
            from user_logins l where l."userId" = u.id order by l."createdAt" desc, l.id desc limit 1
          ) end
        ))
        from users u where u.id = any("ofUsers")
      );
      if cardinality("ofChannels") > 0 then
        channels := (select json_agg(json_build_array(c.id, c.name)) from channels c where c.id = any("ofChannels"));
      end if;
      if cardinality("ofAddresses") > 0 then
        addressees := (
          select json_agg(json_build_array(p.token, p."userId")) from identity_providers p
          where p.verified and p.type in ('email', 'sms') and p.token = any("ofAddresses")
        );
      end if;
      return json_build_object('people', people, 'channels', channels, 'addressees', addressees);
    end $$;
  `)

export const down = (db: Knex) => db.raw('drop function people_and_places(uuid[], uuid[], uuid[], text[])')
