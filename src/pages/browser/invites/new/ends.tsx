// How long an invite is good, and the language of its message.
import { data, languages, words } from '../../kit/page.js'
import { Field } from '../../kit/parts.js'
import { Choice } from './choice.js'
import { toLocal, type Draft, type Ends } from './draft.js'
import type { Problems } from './problems.js'

interface EndsProps {
  draft: Draft
  change: (change: Partial<Draft>) => void
  problems: Problems
}

const days = ['1', '3', '7', '30'] as const

/** The zone of the reader, in words of the language: Central European Time. */
function zoneName(): string {
  const parts = new Intl.DateTimeFormat(data.words['dates'], { timeZoneName: 'long' }).formatToParts(new Date())
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? ''
}

interface MomentProps {
  label: string
  value: string
  problem: string | undefined
  onInput: (value: string) => void
}

const Moment = ({ label, value, problem, onInput }: MomentProps) => (
  <Field label={label} problem={problem}>
    {(attributes) => (
      <input
        {...attributes}
        type="datetime-local"
        min={toLocal(new Date())}
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    )}
  </Field>
)

export function EndsPart({ draft, change, problems }: EndsProps) {
  const options: { value: Ends; label: string }[] = [
    ...days.map((value) => ({ value, label: words.count('inviter.new.days', Number(value)) })),
    { value: 'date', label: words.say('inviter.new.ends.date') },
    { value: 'window', label: words.say('inviter.new.ends.window') }
  ]
  return (
    <>
      <Choice
        class="in-row"
        legend={words.say('inviter.new.ends')}
        options={options}
        value={draft.ends}
        onChoose={(ends) => change({ ends })}
      />
      {draft.ends === 'date' && (
        <Moment
          label={words.say('inviter.new.until')}
          value={draft.until}
          problem={problems.until}
          onInput={(until) => change({ until })}
        />
      )}
      {draft.ends === 'window' && (
        <div class="pair">
          <Moment
            label={words.say('inviter.new.from')}
            value={draft.from}
            problem={problems.from}
            onInput={(from) => change({ from })}
          />
          <Moment
            label={words.say('inviter.new.to')}
            value={draft.to}
            problem={problems.to}
            onInput={(to) => change({ to })}
          />
        </div>
      )}
      {(draft.ends === 'date' || draft.ends === 'window') && (
        <p class="hint">{words.say('inviter.new.zone', { zone: words.name(zoneName()) })}</p>
      )}
    </>
  )
}

export const LanguagePart = ({ draft, change }: Pick<EndsProps, 'draft' | 'change'>) => (
  <Field label={words.say('inviter.new.language')}>
    {(attributes) => (
      <select
        {...attributes}
        value={draft.language}
        onChange={(event) => change({ language: event.currentTarget.value })}
      >
        <option value="">{words.say('inviter.new.language.mine')}</option>
        {Object.entries(languages).map(([tag, name]) => (
          <option value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    )}
  </Field>
)
