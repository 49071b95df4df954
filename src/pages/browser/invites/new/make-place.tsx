// Makes a channel or a location, or starts an instance, without leaving the form.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Field } from '../../kit/parts.js'
import { useCall } from '../session-context.js'
import type { Target } from './draft.js'
import { targetOf, type Place, type PlaceKind } from './places.js'
import { sentenceOf } from './problems.js'

interface MakePlaceProps {
  kind: PlaceKind
  /** Where the instance starts. */
  locationId?: string
  onMade: (target: Target) => void
}

export function MakePlace({ kind, locationId, onMade }: MakePlaceProps) {
  const call = useCall()
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')

  async function make() {
    if (busy) return
    if (kind !== 'instance' && name.trim() === '') return setTrouble(words.say('inviter.new.need.name'))
    setBusy(true)
    setTrouble('')
    try {
      const { body } = await call<Place>('POST', kind, { body: kind === 'instance' ? { locationId } : { name } })
      onMade(targetOf(body))
    } catch (error) {
      setTrouble(sentenceOf(error))
      setBusy(false)
    }
  }

  if (kind === 'instance') {
    return (
      <div class="stack">
        {trouble && <p class="problem">{trouble}</p>}
        <Button class="small" kind="plain" busy={busy} onClick={() => void make()}>
          {words.say('inviter.new.make.instance')}
        </Button>
      </div>
    )
  }
  if (!open) {
    return (
      <Button class="small" kind="plain" onClick={() => setOpen(true)}>
        {words.say(`inviter.new.make.${kind}`)}
      </Button>
    )
  }
  return (
    <div class="stack maker" role="group" aria-label={words.say(`inviter.new.make.${kind}`)}>
      <Field label={words.say('inviter.new.make.name')} problem={trouble}>
        {(attributes) => (
          <div class="beside">
            <input
              {...attributes}
              autocomplete="off"
              maxLength={100}
              value={name}
              ref={(input) => input?.focus()}
              onInput={({ currentTarget }) => setName(currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key !== 'Enter') return
                event.preventDefault()
                void make()
              }}
            />
            <Button busy={busy} onClick={() => void make()}>
              {words.say('inviter.new.make')}
            </Button>
          </div>
        )}
      </Field>
    </div>
  )
}
