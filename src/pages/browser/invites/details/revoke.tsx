// Revokes one invite, after a question.
import { useEffect, useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import { troubleOf } from '../../kit/troubles.js'
import { useTell } from '../live/use-live.js'
import { useCall } from '../session-context.js'
import type { Invite } from '../types.js'

export function Revoke({ invite, cancel }: { invite: Invite; cancel: () => void }) {
  const callApi = useCall()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const question = useRef<HTMLParagraphElement>(null)
  useEffect(() => question.current?.focus(), [])

  async function revoke() {
    setBusy(true)
    try {
      const { body } = await callApi<Invite>('DELETE', `invite/${invite.id}`)
      tell({ kind: 'patched', invite: body })
      cancel()
    } catch (error) {
      setTrouble(troubleOf(error))
    }
    setBusy(false)
  }

  return (
    <div class="notice bad stack" role="group">
      <p ref={question} tabIndex={-1}>
        {words.say('inviter.revoke-one')}
      </p>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      <div class="row">
        <Button kind="danger" class="small" busy={busy} onClick={() => void revoke()}>
          {words.say('inviter.revoke')}
        </Button>
        <Button kind="plain" class="small" onClick={cancel}>
          {words.say('inviter.keep')}
        </Button>
      </div>
    </div>
  )
}
