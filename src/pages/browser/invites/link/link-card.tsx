// A link to copy, and its QR code to show and to print.
import './link.css'
import { useRef, useState } from 'preact/hooks'
import { words } from '../../kit/page.js'
import { Button, Copy, Field, Notice } from '../../kit/parts.js'
import { sentenceOf } from '../new/problems.js'
import { useCall, useSession } from '../session-context.js'
import type { Invite } from '../types.js'
import { printSheet } from './sheet.js'

interface LinkCardProps {
  /** `invite.link` is there: the answer to a creation or a resend of a bearer link. */
  invite: Invite
  /** The name of what the invite leads to; by default that of its channel. */
  targetName?: string | undefined
}

const pictureOf = (svg: string) => `data:image/svg+xml,${encodeURIComponent(svg)}`

/** The picture of the QR code, made by the server when it is first wanted. */
function useCode({ id, passcode }: Invite) {
  const call = useCall()
  const asked = useRef<Promise<string> | undefined>(undefined)
  const ask = async () => {
    try {
      const { body } = await call<{ svg: string }>('POST', `invite/${id}/qr-code`, { body: { passcode } })
      return pictureOf(body.svg)
    } catch (error) {
      // A call that failed is made again.
      asked.current = undefined
      throw error
    }
  }
  return () => (asked.current ??= ask())
}

export function LinkCard({ invite, targetName }: LinkCardProps) {
  const { session } = useSession()
  const codeOf = useCode(invite)
  const [code, setCode] = useState<string>()
  const [busy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState('')
  const link = invite.link ?? ''

  async function withCode(use: (picture: string) => void | Promise<void>) {
    setBusy(true)
    setTrouble('')
    try {
      await use(await codeOf())
    } catch (error) {
      setTrouble(sentenceOf(error))
    }
    setBusy(false)
  }
  const print = () =>
    withCode((picture) =>
      printSheet({ invite, picture, inviterName: session.user.name, targetName: targetName ?? invite.channelName })
    )
  // A person who closes the dialog of the browser has not shared, and nothing went wrong.
  const share = () => void navigator.share({ url: link }).catch(() => {})

  return (
    <div class="link-card stack">
      <p>{words.say('inviter.link.once')}</p>
      <Field label={words.say('inviter.link.label')} hint={words.count('inviter.link.uses', invite.maxUses)}>
        {(attributes) => (
          <input
            {...attributes}
            class="link"
            dir="ltr"
            readOnly
            value={link}
            onFocus={({ currentTarget }) => currentTarget.select()}
          />
        )}
      </Field>
      <div class="row">
        <Copy text={link} />
        {'share' in navigator && (
          <Button class="small" onClick={share}>
            {words.say('inviter.link.share')}
          </Button>
        )}
        <Button
          class="small"
          busy={busy}
          aria-expanded={code !== undefined}
          onClick={() => (code === undefined ? void withCode(setCode) : setCode(undefined))}
        >
          {words.say(code === undefined ? 'inviter.link.qr' : 'inviter.link.hide')}
        </Button>
        <Button class="small" busy={busy} onClick={() => void print()}>
          {words.say('inviter.link.print')}
        </Button>
      </div>
      {trouble && <Notice kind="bad">{trouble}</Notice>}
      {code !== undefined && <img class="code" src={code} alt={words.say('inviter.link.alt')} />}
    </div>
  )
}
