// Sends an invite again. A link that anybody can use is in the answer, and only there.
import { useState } from 'preact/hooks'
import { Refusal } from '../../kit/api.js'
import { words } from '../../kit/page.js'
import { Button, Notice } from '../../kit/parts.js'
import { troubleOf } from '../../kit/troubles.js'
import { LinkCard } from '../link/link-card.js'
import { useTell } from '../live/use-live.js'
import { useCall } from '../session-context.js'
import type { Invite } from '../types.js'

/** A 429 says in its data until when. */
function tooSoon(error: unknown): string | undefined {
  const until = error instanceof Refusal && error.status === 429 ? error.data['until'] : undefined
  return typeof until === 'string'
    ? words.say('inviter.resend-later', { time: words.shortTime(until, false) })
    : undefined
}

export function Resend({ invite, onSent }: { invite: Invite; onSent?: () => void }) {
  const callApi = useCall()
  const tell = useTell()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const [sent, setSent] = useState<Invite>()

  async function resend() {
    setBusy(true)
    setTrouble('')
    try {
      const { body } = await callApi<Invite>('POST', `invite/${invite.id}/resend`, { body: {} })
      setSent(body)
      tell({ kind: 'patched', invite: body })
      onSent?.()
    } catch (error) {
      setTrouble(tooSoon(error) ?? troubleOf(error))
    }
    setBusy(false)
  }

  return (
    <>
      <Button class="small" busy={busy} onClick={() => void resend()}>
        {words.say(invite.token === null && invite.inviteeId === null ? 'inviter.new-link' : 'inviter.resend')}
      </Button>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {sent && !sent.link && <Notice kind="good">{words.say('inviter.resent')}</Notice>}
      {sent?.link && (
        <div class="wide stack">
          <Notice kind="good">{words.say('inviter.old-link-dead')}</Notice>
          <LinkCard invite={sent} />
        </div>
      )}
    </>
  )
}
