// Accepts or declines a received invite.
import { useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import { troubleOf } from '../../kit/troubles.js'
import { useTell } from '../live/use-live.js'
import { useCall } from '../session-context.js'
import type { Invite } from '../types.js'
import { isPending } from './facts.js'

export function AnswerButtons({ invite }: { invite: Invite }) {
  const callApi = useCall()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  if (!isPending(invite)) return null
  const name = words.name(invite.user.name)

  async function answer(how: 'accept' | 'decline') {
    setBusy(true)
    setTrouble('')
    try {
      const { body } = await callApi<Invite | { invite: Invite }>('POST', `invite/${invite.id}/${how}`, { body: {} })
      tell({ kind: 'patched', invite: 'invite' in body ? body.invite : body })
    } catch (error) {
      setTrouble(
        troubleOf(error, {
          'not-open-yet': words.say('inviter.not-open-yet', {
            time: invite.startTime ? words.shortTime(invite.startTime) : ''
          }),
          expired: words.say('inviter.too-late'),
          revoked: words.say('inviter.too-late')
        })
      )
    }
    setBusy(false)
  }

  return (
    <div class="row">
      <Button
        kind="primary"
        class="small"
        busy={busy}
        aria-label={words.say('inviter.accept-from', { name })}
        onClick={() => void answer('accept')}
      >
        {words.say('inviter.accept')}
      </Button>
      <Button
        class="small"
        busy={busy}
        aria-label={words.say('inviter.decline-from', { name })}
        onClick={() => void answer('decline')}
      >
        {words.say('inviter.decline')}
      </Button>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
    </div>
  )
}
