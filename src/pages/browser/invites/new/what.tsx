// The type of an invite, and what it leads to.
import { words } from '../../kit/page.js'
import { Choice } from './choice.js'
import { inviteTypes, type Draft } from './draft.js'
import type { Problems } from './problems.js'
import { TargetPicker } from './target-picker.js'

interface WhatProps {
  draft: Draft
  change: (change: Partial<Draft>) => void
  problems: Problems
}

export function WhatPart({ draft, change, problems }: WhatProps) {
  const choose = (type: Draft['type']) =>
    change({
      type,
      target: undefined,
      // A member has an account already.
      ...(type === 'new-user' && draft.reach === 'member' && { reach: 'email' as const })
    })
  return (
    <>
      <Choice
        class="cards"
        legend={words.say('inviter.new.type')}
        options={inviteTypes.map((value) => ({
          value,
          label: <strong>{words.say(`inviter.type.${value}`)}</strong>,
          about: words.say(`inviter.new.type.${value}`)
        }))}
        value={draft.type}
        onChoose={choose}
      />
      <TargetPicker
        type={draft.type}
        target={draft.target}
        onChoose={(target) => change({ target })}
        problem={problems.target}
      />
    </>
  )
}
