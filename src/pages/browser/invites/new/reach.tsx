// How an invite reaches its recipient: the choice, and the field that belongs to it.
import { useState } from 'preact/hooks'
import { data, words } from '../../kit/page.js'
import { Button, Field, Notice } from '../../kit/parts.js'
import type { InviterSettings, PageData } from '../../../page-html.js'
import { useCall } from '../session-context.js'
import type { User } from '../types.js'
import { Choice } from './choice.js'
import type { Draft, Reach } from './draft.js'
import { sentenceOf, type Problems } from './problems.js'

/** Whether messages of a medium have a carrier. */
export const { carriers } = data as PageData & InviterSettings

interface PartProps {
  draft: Draft
  change: (change: Partial<Draft>) => void
  problems: Problems
}

const examplePhone = '+491701234567'

/** Every way for this type: a member has an account already, so no member is invited to make one. */
const waysFor = (type: Draft['type']): Reach[] => [
  'email',
  'sms',
  ...(type === 'new-user' ? [] : (['member'] as const)),
  'link'
]

function NoCarrier({ reach, change }: { reach: Reach; change: PartProps['change'] }) {
  const isMissing = (reach === 'email' && !carriers.email) || (reach === 'sms' && !carriers.sms)
  if (!isMissing) return null
  return (
    <Notice>
      <p>{words.say(reach === 'sms' ? 'inviter.new.no-texts' : 'inviter.new.no-mails')}</p>
      <Button class="small" onClick={() => change({ reach: 'link' })}>
        {words.say('inviter.new.use-link')}
      </Button>
    </Notice>
  )
}

function MemberByCode({ draft, change, problems }: PartProps) {
  const call = useCall()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  async function find() {
    if (draft.code.trim() === '' || busy) return
    setBusy(true)
    setTrouble('')
    try {
      const { body } = await call<User[]>('GET', `user?inviteCode=${encodeURIComponent(draft.code)}`)
      const [found] = body
      change({ member: found && { id: found.id, name: found.name } })
      if (!found) setTrouble(words.say('inviter.new.not-found'))
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
    setBusy(false)
  }
  return (
    <div class="stack">
      <Field
        label={words.say('inviter.new.code')}
        hint={words.say('inviter.new.code-hint')}
        problem={trouble || problems.recipient}
      >
        {(attributes) => (
          <div class="beside">
            <input
              {...attributes}
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              dir="ltr"
              maxLength={100}
              value={draft.code}
              onInput={({ currentTarget }) => change({ code: currentTarget.value, member: undefined })}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                void find()
              }}
            />
            <Button busy={busy} onClick={() => void find()}>
              {words.say('inviter.new.find')}
            </Button>
          </div>
        )}
      </Field>
      <div role="status">
        {draft.member && <p class="state">{words.say('inviter.new.found', { name: words.name(draft.member.name) })}</p>}
      </div>
    </div>
  )
}

/** Each field has a key: an input that becomes another one would keep the longest length of the first. */
function ReachField({ draft, change, problems }: PartProps) {
  switch (draft.reach) {
    case 'member':
      return <MemberByCode draft={draft} change={change} problems={problems} />
    case 'link':
      return (
        <Field
          key="link"
          label={words.say('inviter.new.max-uses')}
          hint={words.say('inviter.new.max-uses-hint')}
          problem={problems.people}
        >
          {(attributes) => (
            <input
              {...attributes}
              class="short"
              inputMode="numeric"
              value={draft.people}
              onInput={({ currentTarget }) => change({ people: currentTarget.value })}
            />
          )}
        </Field>
      )
    default: {
      const isMail = draft.reach === 'email'
      return (
        <Field
          key={draft.reach}
          label={words.say(isMail ? 'page.address' : 'inviter.new.phone')}
          hint={isMail ? undefined : words.say('inviter.new.phone-hint', { example: words.name(examplePhone) })}
          problem={problems.recipient}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              inputMode={isMail ? 'email' : 'tel'}
              autocapitalize="off"
              spellcheck={false}
              dir="ltr"
              autocomplete="off"
              maxLength={254}
              value={isMail ? draft.email : draft.phone}
              onInput={({ currentTarget: { value } }) => change(isMail ? { email: value } : { phone: value })}
            />
          )}
        </Field>
      )
    }
  }
}

export function ReachPart(props: PartProps) {
  const { draft, change } = props
  return (
    <>
      <Choice
        legend={words.say('inviter.new.reach')}
        options={waysFor(draft.type).map((value) => ({ value, label: words.say(`inviter.new.reach.${value}`) }))}
        value={draft.reach}
        onChoose={(reach) => change({ reach })}
      />
      <NoCarrier reach={draft.reach} change={change} />
      <ReachField {...props} />
    </>
  )
}
