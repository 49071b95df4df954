// Chooses what an invite leads to: a channel, a location, or an instance of a location.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button } from '../../kit/parts.js'
import type { InviteType } from '../types.js'
import type { Target } from './draft.js'
import { MakePlace } from './make-place.js'
import { PlaceList } from './place-list.js'

interface TargetPickerProps {
  type: InviteType
  target: Target | undefined
  onChoose: (target: Target | undefined) => void
  problem: string | undefined
}

interface ChosenProps {
  legend: string
  place: Target
  onChange: () => void
}

/** What is chosen, and the way back. */
const Chosen = ({ legend, place, onChange }: ChosenProps) => (
  <div class="chosen">
    <p>
      <span class="quiet">{legend}</span> <strong>{words.name(place.name)}</strong>
    </p>
    <Button class="small" kind="plain" onClick={onChange}>
      {words.say('inviter.new.change')}
    </Button>
  </div>
)

interface PlacePickerProps extends Omit<TargetPickerProps, 'type' | 'target'> {
  kind: 'channel' | 'location'
}

const PlacePicker = ({ kind, onChoose, problem }: PlacePickerProps) => (
  <fieldset class="picker">
    <legend>{words.say(`inviter.new.search.${kind}`)}</legend>
    <PlaceList kind={kind} problem={problem} onChoose={onChoose} />
    <MakePlace kind={kind} onMade={onChoose} />
  </fieldset>
)

/** An instance is chosen at its location. */
function InstancePicker({ target, onChoose, problem }: Omit<TargetPickerProps, 'type'>) {
  const [location, setLocation] = useState<Target>()
  if (!location) return <PlacePicker kind="location" problem={problem} onChoose={setLocation} />
  const back = () => {
    setLocation(undefined)
    onChoose(undefined)
  }
  return (
    <fieldset class="picker">
      <legend>{words.say('inviter.new.search.instance')}</legend>
      <Chosen legend={words.say('inviter.type.location')} place={location} onChange={back} />
      {target ? (
        <Chosen legend={words.say('inviter.type.instance')} place={target} onChange={() => onChoose(undefined)} />
      ) : (
        <>
          <PlaceList kind="instance" location={location} problem={problem} onChoose={onChoose} />
          <MakePlace kind="instance" locationId={location.id} onMade={onChoose} />
        </>
      )}
    </fieldset>
  )
}

export function TargetPicker({ type, target, onChoose, problem }: TargetPickerProps) {
  if (type === 'instance') return <InstancePicker target={target} onChoose={onChoose} problem={problem} />
  if (type !== 'channel' && type !== 'location') return null
  return target ? (
    <Chosen legend={words.say(`inviter.type.${type}`)} place={target} onChange={() => onChoose(undefined)} />
  ) : (
    <PlacePicker key={type} kind={type} problem={problem} onChoose={onChoose} />
  )
}
