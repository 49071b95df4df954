// The settings of an invite that few people need.
import { words } from '../../kit/page.js'
import { Field } from '../../kit/parts.js'
import { needsTarget, type Arrival, type Draft } from './draft.js'
import type { Problems } from './problems.js'

interface MoreProps {
  draft: Draft
  change: (change: Partial<Draft>) => void
  problems: Problems
  /** Administrators may make administrators. */
  isAdmin: boolean
}

const arrivals: Exclude<Arrival, ''>[] = ['spectate', 'spawnPoint', 'inviteCode']

function ArrivalPart({ draft, change }: Pick<MoreProps, 'draft' | 'change'>) {
  return (
    <>
      <Field label={words.say('inviter.new.arrival')}>
        {(attributes) => (
          <select
            {...attributes}
            value={draft.arrival}
            onChange={({ currentTarget }) => change({ arrival: currentTarget.value as Arrival })}
          >
            <option value="">{words.say('inviter.new.arrival.none')}</option>
            {arrivals.map((arrival) => (
              <option value={arrival}>{words.say(`inviter.new.arrival.${arrival}`)}</option>
            ))}
          </select>
        )}
      </Field>
      {draft.arrival !== '' && (
        <Field label={words.say(`inviter.new.detail.${draft.arrival}`)}>
          {(attributes) => (
            <input
              {...attributes}
              autocomplete="off"
              maxLength={200}
              value={draft.detail}
              onInput={({ currentTarget }) => change({ detail: currentTarget.value })}
            />
          )}
        </Field>
      )}
    </>
  )
}

export function MorePart({ draft, change, problems, isAdmin }: MoreProps) {
  return (
    <details class="more" open={problems.admin !== undefined}>
      <summary>{words.say('inviter.new.more')}</summary>
      <div class="stack">
        {needsTarget(draft.type) && <ArrivalPart draft={draft} change={change} />}
        <label class="check">
          <input
            type="checkbox"
            checked={draft.vanishes}
            onChange={({ currentTarget }) => change({ vanishes: currentTarget.checked })}
          />
          {words.say('inviter.new.vanishes')}
        </label>
        {isAdmin && draft.reach !== 'link' && (
          <label class="check">
            <input
              type="checkbox"
              checked={draft.admin}
              onChange={({ currentTarget }) => change({ admin: currentTarget.checked })}
            />
            {words.say('inviter.new.admin')}
          </label>
        )}
        {problems.admin && <p class="problem">{problems.admin}</p>}
      </div>
    </details>
  )
}
