// The fields of the panel: each has a box that says whether it changes.
import type { ComponentChildren, JSX } from 'preact'
import { languages, words } from '../../kit/page.js'
import { Field } from '../../kit/parts.js'
import { begun, without, type Changes, type FieldName, type TextName } from './changes.js'

interface FieldsProps {
  changes: Changes
  change: (changes: Changes) => void
  problems: Record<string, string>
  isAdmin: boolean
}

type Attributes = Parameters<Parameters<typeof Field>[0]['children']>[0]
type Options = [value: string, label: string][]

/** The attributes that connect an input or a choice with a value of the panel. */
interface Bound extends Partial<Attributes> {
  required?: boolean
  value: string
  onInput: (event: { currentTarget: { value: string } }) => void
}

const Choice = ({ options, ...rest }: { options: Options; 'aria-label'?: string } & Bound) => (
  <select {...rest}>
    {options.map(([value, label]) => (
      <option value={value}>{label}</option>
    ))}
  </select>
)

const yesOrNo = (): Options => [
  ['true', words.say('inviter.yes')],
  ['false', words.say('inviter.no')]
]
const optionsOf: Partial<Record<TextName, () => Options>> = {
  spawnType: () => [
    ['', words.say('inviter.spawn.none')],
    ['inviteCode', words.say('inviter.spawn.inviteCode')],
    ['spawnPoint', words.say('inviter.spawn.spawnPoint')],
    ['spectate', words.say('inviter.spawn.spectate')]
  ],
  deleteOnUse: yesOrNo,
  locale: () => [['', words.say('inviter.own-language')], ...Object.entries(languages)],
  makeAdmin: yesOrNo
}

/** The times and zones of the reader. */
const Time = (rest: Bound) => <input type="datetime-local" {...rest} />

export function Fields({ changes, change, problems, isAdmin }: FieldsProps) {
  const set = (part: Partial<Changes>) => change({ ...changes, ...part })

  /** A box, and when it is ticked, the field. */
  const part = (name: FieldName, content: () => ComponentChildren) => (
    <div class="change">
      <label class="check">
        <input
          type="checkbox"
          checked={changes[name] !== undefined}
          onChange={(event) => change(event.currentTarget.checked ? begun(changes, name) : without(changes, name))}
        />
        {words.say(`inviter.field.${name}`)}
      </label>
      {changes[name] !== undefined && <div class="stack within">{content()}</div>}
    </div>
  )
  const single = (name: TextName, input: (attributes: Bound) => JSX.Element, hint?: string) =>
    part(name, () => (
      <Field
        label={<span class="unseen">{words.say(`inviter.field.${name}`)}</span>}
        hint={hint}
        problem={problems[name]}
      >
        {(attributes) =>
          input({
            ...attributes,
            value: changes[name] ?? '',
            onInput: (event) => set({ [name]: event.currentTarget.value })
          })
        }
      </Field>
    ))
  const chosen = (name: TextName) =>
    single(name, (attributes) => <Choice options={optionsOf[name]?.() ?? []} {...attributes} />)

  const { window } = changes
  return (
    <fieldset class="changes">
      <legend>{words.say('inviter.choose-fields')}</legend>
      {single(
        'expiresAt',
        (attributes) => (
          <Time required {...attributes} />
        ),
        words.say('inviter.hint.expires')
      )}
      {part('window', () =>
        window ? (
          <>
            <Choice
              aria-label={words.say('inviter.field.window')}
              options={[
                ['on', words.say('inviter.window.on')],
                ['off', words.say('inviter.window.off')]
              ]}
              value={window.isOn ? 'on' : 'off'}
              onInput={(event) => set({ window: { ...window, isOn: event.currentTarget.value === 'on' } })}
            />
            {window.isOn && (
              <Field label={words.say('inviter.starts')} problem={problems['startTime']}>
                {(attributes) => (
                  <Time
                    {...attributes}
                    value={window.start}
                    onInput={(event) => set({ window: { ...window, start: event.currentTarget.value } })}
                  />
                )}
              </Field>
            )}
            {window.isOn && (
              <Field label={words.say('inviter.column.ends')} problem={problems['endTime']}>
                {(attributes) => (
                  <Time
                    required
                    {...attributes}
                    value={window.end}
                    onInput={(event) => set({ window: { ...window, end: event.currentTarget.value } })}
                  />
                )}
              </Field>
            )}
          </>
        ) : null
      )}
      {single(
        'maxUses',
        (attributes) => (
          <input type="number" min={1} max={1_000_000} required {...attributes} />
        ),
        words.say('inviter.hint.uses')
      )}
      {chosen('spawnType')}
      {chosen('deleteOnUse')}
      {chosen('locale')}
      {isAdmin && chosen('makeAdmin')}
    </fieldset>
  )
}
