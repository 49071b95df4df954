// The facts of an invite, each with its name.
import type { ComponentChildren } from 'preact'
import { languages, words } from '../../kit/page.js'
import { deliveryOf, endOf, recipientOf, statusOf, targetOf } from '../list/facts.js'
import { Moment } from '../list/moment.js'
import type { Invite } from '../types.js'

const yes = (is: boolean) => words.say(is ? 'inviter.yes' : 'inviter.no')

/** The names and values of the facts; those that say nothing about this invite are left out. */
function factsOf(invite: Invite): [label: string, value: ComponentChildren][] {
  const { user, delivery, spawnType } = invite
  const facts: [string, ComponentChildren, boolean?][] = [
    [words.say('inviter.column.inviter'), words.name(user.name)],
    [words.say('inviter.column.recipient'), recipientOf(invite)],
    [words.say('inviter.column.target'), targetOf(invite)],
    [words.say('inviter.column.status'), statusOf(invite)],
    [words.say('inviter.column.delivery'), deliveryOf(invite), deliveryOf(invite) !== ''],
    [words.say('inviter.attempts'), words.number(delivery?.attempts ?? 0), (delivery?.attempts ?? 0) > 0],
    [words.say('inviter.column.created'), <Moment at={invite.createdAt} />],
    [words.say('inviter.changed-at'), <Moment at={invite.updatedAt} />, invite.updatedAt !== invite.createdAt],
    [words.say('inviter.starts'), <Moment at={invite.startTime} />, invite.timed && invite.startTime !== null],
    [words.say('inviter.column.ends'), <Moment at={endOf(invite)} />],
    [words.say('inviter.arrives'), spawnType && words.say(`inviter.spawn.${spawnType}`), spawnType !== null],
    [words.say('inviter.field.deleteOnUse'), yes(true), invite.deleteOnUse],
    [words.say('inviter.field.makeAdmin'), yes(true), invite.makeAdmin],
    [words.say('inviter.field.locale'), invite.locale && languages[invite.locale], invite.locale !== null],
    [words.say('inviter.id'), <code dir="ltr">{invite.id}</code>]
  ]
  return facts.filter(([, , isThere = true]) => isThere).map(([label, value]) => [label, value])
}

export const Facts = ({ invite }: { invite: Invite }) => (
  <dl class="facts">
    {factsOf(invite).map(([label, value]) => (
      <div>
        <dt>{label}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
)
